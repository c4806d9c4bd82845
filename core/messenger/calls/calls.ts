import type { AudioFrame } from '../../audio/frame.ts';
import {
  type CallDatagram,
  type CallFrame,
  decodeCallDatagram,
  decodeCallFrame,
  type END_REASONS,
  encodeCallFrame,
} from '../../codec/calls.ts';
import { type MessageId, messageId, toHex } from '../../ids/bytes.ts';
import { CHANNELS, type Channel, DATAGRAM_KINDS, type Link, type LinkManager } from '../../link/types.ts';
import type { Clock } from '../../ports/clock.ts';
import { Emitter, type Unsubscribe } from '../../ports/events.ts';
import { errorName, type Logger } from '../../ports/logger.ts';
import type { FriendNumber, StoreReads } from '../../store/types.ts';
import { type DropCounts, guarded } from '../context.ts';
import { MessengerError } from '../errors.ts';
import { findFriend } from '../friend-argument.ts';
import type { MessageIds } from '../message-ids.ts';
import type { CallView } from '../views.ts';
import { Call, type CallFriend, type CallHost } from './call.ts';
import { type CallState, carriesSound, type EndedReason, eventOf, isUnanswered } from './call-state.ts';
import type { CallHistory } from './history.ts';
import type { OutgoingFrame } from './packer.ts';
import { RingLimit } from './ring-limit.ts';

/** Calls at once: one to talk, one that rings. */
const MAX_CALLS = 2;
/** Calls that are over and of which the friend may still speak. */
const MAX_REMEMBERED = 32;

export interface CallsParts {
  readonly read: StoreReads;
  readonly links: LinkManager;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ids: MessageIds;
  readonly history: CallHistory;
  readonly drops: DropCounts;
  /** Packets shall have a common size. */
  readonly padded: () => boolean;
}

/** Takes the friend's sound of one call. */
export interface AudioSink {
  frame(frame: AudioFrame): void;
  /** The call is over, or another sink has taken this one's place: nothing follows. */
  ended(why: 'over' | 'replaced'): void;
}

/** The end of a client in the sound of a call. */
export interface AudioAttachment {
  /** The bytes belong to the call from now on. @returns false for a frame that was dropped. */
  send(frame: OutgoingFrame): boolean;
  /** Idempotent. */
  detach(): void;
}

interface Peer {
  readonly friend: CallFriend;
  readonly link: Link;
  readonly channel: Channel;
  /** Calls that the friend was told over this link to have missed. */
  readonly told: Set<string>;
}

/** Voice calls with friends: who calls whom, and the sound between a client and the link. */
export class Calls {
  readonly changed: Emitter<CallView>;
  readonly #parts: CallsParts;
  readonly #host: CallHost;
  readonly #rings: RingLimit;
  /** Those that are not over. */
  readonly #calls = new Map<string, Call>();
  readonly #peers = new Map<FriendNumber, Peer>();
  readonly #sinks = new Map<string, { readonly sink: AudioSink }>();
  /** Our last word on calls that are over, oldest first. */
  readonly #over = new Map<string, { readonly friend: FriendNumber; readonly answer: CallFrame }>();
  #unsubscribe: Unsubscribe[] = [];

  constructor(parts: CallsParts) {
    this.#parts = parts;
    this.changed = new Emitter((error) => parts.logger.error('calls-listener-failed', { error: errorName(error) }));
    this.#rings = new RingLimit(parts.clock);
    this.#host = this.#makeHost();
  }

  /** Idempotent. */
  start(): void {
    if (this.#unsubscribe.length > 0) return;
    const { links, logger } = this.#parts;
    this.#unsubscribe = [
      links.onUp((link) => guarded(logger, 'call-link-up', () => this.#linkUp(link))),
      links.onDown(({ peer }) => guarded(logger, 'call-link-down', () => this.#linkDown(toHex(peer)))),
    ];
  }

  /** Hangs up everywhere. Idempotent. */
  stop(): void {
    for (const call of [...this.#calls.values()]) call.apply({ kind: 'hang-up' });
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#unsubscribe = [];
    this.#peers.clear();
  }

  /** Those that are not over. */
  list(): CallView[] {
    return [...this.#calls.values()].map((call) => call.view());
  }

  /**
   * Calls a friend, also one who is not there: then they are looked for.
   * @throws {MessengerError} `unknown-friend`, `bad-public-id`, `blocked`, `in-call`
   */
  begin(args: { readonly friend: string }): { call: string } {
    const { read, ids, clock } = this.#parts;
    const { id, hex, key, state } = findFriend(read, args.friend);
    if (state === 'blocked') throw new MessengerError('blocked', 'You have blocked this person.');
    for (const call of this.#calls.values()) {
      if (call.friend.id === id && call.state.phase === 'ringing') return this.accept({ call: call.hex });
      if (call.state.phase !== 'ringing') throw new MessengerError('in-call', 'End the other call first.');
    }
    const friend = { id, hex, key };
    const call = this.#add(friend, { id: ids.next(), direction: 'out', startedAt: clock.wall(), state: SEEKING });
    if (this.#peers.has(id)) call.apply({ kind: 'link-up' });
    else this.#parts.links.seek(key);
    this.#changedNow(call);
    return { call: call.hex };
  }

  /** Takes a call that rings; any other call ends. @throws {MessengerError} `unknown-call` also when it rings no more */
  accept(args: { readonly call: string }): { call: string } {
    const call = this.#find(args.call);
    if (call.state.phase !== 'ringing') throw unknownCall();
    for (const other of [...this.#calls.values()]) {
      if (other !== call && other.state.phase !== 'ringing') other.apply({ kind: 'hang-up' });
    }
    call.apply({ kind: 'accept' });
    return { call: call.hex };
  }

  /** The caller is told `busy` when it is for another call. @throws {MessengerError} `unknown-call` */
  decline(args: { readonly call: string }): void {
    const call = this.#find(args.call);
    if (call.state.phase !== 'ringing') throw unknownCall();
    const busy = [...this.#calls.values()].some((other) => other !== call && other.state.phase !== 'ringing');
    call.apply({ kind: 'decline', reason: busy ? 'busy' : 'declined' });
  }

  /** Hangs up, takes back, or declines. @throws {MessengerError} `unknown-call` */
  end(args: { readonly call: string }): void {
    this.#find(args.call).apply({ kind: 'hang-up' });
  }

  /** What is left out stays as it is. @throws {MessengerError} `unknown-call` */
  setMuted(args: { readonly call: string; readonly muted?: boolean; readonly deafened?: boolean }): void {
    const call = this.#find(args.call);
    call.setMuted(args.muted ?? call.muted, args.deafened ?? call.deafened);
  }

  /** Sound of this call goes to `sink`, the newest one; undefined when there is no such call, or it is over. */
  attach(hex: string, sink: AudioSink): AudioAttachment | undefined {
    const call = this.#calls.get(hex);
    if (call === undefined) return undefined;
    this.#sinks.get(hex)?.sink.ended('replaced');
    const own = { sink };
    this.#sinks.set(hex, own);
    return {
      send: (frame) => this.#sinks.get(hex) === own && call.send(frame),
      detach: () => {
        if (this.#sinks.get(hex) === own) this.#sinks.delete(hex);
      },
    };
  }

  /** A removed or blocked friend: their calls end. */
  drop(friend: FriendNumber): void {
    for (const call of [...this.#calls.values()]) if (call.friend.id === friend) call.apply({ kind: 'hang-up' });
    this.#peers.delete(friend);
  }

  /** Attempts of ours that this friend does not know of, over their link; without one nothing happens. */
  tellOwed(friend: FriendNumber): void {
    const peer = this.#peers.get(friend);
    if (peer === undefined) return;
    for (const body of this.#parts.history.owed(friend)) {
      peer.told.add(toHex(body.call));
      this.#say(friend, { kind: 'missed', body });
    }
  }

  #find(hex: string): Call {
    const call = this.#calls.get(hex);
    if (call === undefined) throw unknownCall();
    return call;
  }

  #add(friend: CallFriend, parts: Pick<Call, 'id' | 'direction' | 'startedAt'> & { state: CallState }): Call {
    const { clock, padded } = this.#parts;
    const call = new Call({ ...parts, friend, clock, padded, host: this.#host });
    this.#calls.set(call.hex, call);
    return call;
  }

  #linkUp(link: Link): void {
    const row = this.#parts.read.friends.byHex(toHex(link.peer));
    if (row === undefined || row.removedAt !== undefined || row.state === 'blocked') return;
    const friend = { id: row.id, hex: row.hex, key: row.key };
    const peer: Peer = { friend, link, channel: link.channel(CHANNELS.calls), told: new Set() };
    this.#peers.set(row.id, peer);
    const { logger } = this.#parts;
    peer.channel.onFrames((frames) => {
      for (const frame of frames) guarded(logger, 'call-frame', () => this.#frame(peer, frame));
    });
    link.onDatagram(DATAGRAM_KINDS.calls, (payload) => this.#datagram(peer, payload));
    for (const call of this.#callsOf(row.id)) call.apply({ kind: 'link-up' });
    this.tellOwed(row.id);
  }

  #linkDown(hex: string): void {
    const row = this.#parts.read.friends.byHex(hex);
    // The end of a link that another one replaces says nothing.
    if (row === undefined || this.#parts.links.linkTo(row.key)?.up) return;
    this.#peers.delete(row.id);
    for (const call of this.#callsOf(row.id)) call.apply({ kind: 'link-down' });
  }

  #callsOf(friend: FriendNumber): Call[] {
    return [...this.#calls.values()].filter((call) => call.friend.id === friend);
  }

  #frame(peer: Peer, bytes: Uint8Array): void {
    const { drops, history } = this.#parts;
    const decoded = decodeCallFrame(bytes);
    if (!decoded.ok) return drops.count(decoded.reason === 'unknown-kind' ? 'call-unknown-kind' : 'call-malformed');
    if (this.#peers.get(peer.friend.id) !== peer) return;
    const frame = decoded.value;
    const { id } = peer.friend;
    if (frame.kind === 'missed') return this.#heardMissed(peer, frame);
    const hex = toHex(frame.body.call);
    if (frame.kind === 'noted') {
      // Each is a write.
      return peer.told.delete(hex) ? history.noted(id, frame.body.call) : drops.count('call-noted-unasked');
    }
    const call = this.#calls.get(hex);
    if (call === undefined) return this.#unknown(peer, hex, frame);
    if (call.friend.id !== id) return drops.count('call-of-another');
    const event = eventOf(frame);
    if (event !== undefined) call.apply(event);
    if (frame.kind === 'here') call.heardHere(frame.body.muted, frame.body.deafened);
  }

  /** A frame about a call that is over, or begins. */
  #unknown({ friend }: Peer, hex: string, frame: CallFrame): void {
    if (frame.kind !== 'ring' && frame.kind !== 'accept' && frame.kind !== 'here') return;
    const over = this.#over.get(hex);
    if (over?.friend === friend.id) return void this.#say(friend.id, over.answer);
    const { call } = frame.body;
    if (frame.kind === 'ring') return this.#rung(friend, messageId(call.slice()), frame.body.startedAt);
    this.#say(friend.id, { kind: 'end', body: { call, reason: 'unknown' } });
  }

  #rung(friend: CallFriend, id: MessageId, startedAt: number): void {
    if (!this.#rings.take(friend.id)) return this.#parts.drops.count('call-ring-rate');
    const own = this.#callsOf(friend.id)[0];
    const glare = own !== undefined && isUnanswered(own.state);
    // Both call at once: the lower ID is taken, on both sides.
    if (glare && toHex(id) > own.hex) return;
    if (own === undefined && this.#calls.size >= MAX_CALLS) return this.#refuse(friend, id, startedAt);
    const call = this.#add(friend, { id, direction: 'in', startedAt, state: RINGING });
    if (own !== undefined) {
      own.replacedBy = call;
      own.apply({ kind: 'replace' });
      if (glare) return call.apply({ kind: 'accept' });
    }
    call.apply({ kind: 'heard-ring' });
    this.#changedNow(call);
  }

  /** A third call at once: nobody sees it ring. */
  #refuse(friend: CallFriend, id: MessageId, startedAt: number): void {
    const answer: CallFrame = { kind: 'decline', body: { call: id, reason: 'busy' } };
    this.#remember(toHex(id), friend.id, answer);
    this.#say(friend.id, answer);
    const over = { answeredAt: undefined, endedAt: this.#parts.clock.wall(), reason: 'busy', owed: false } as const;
    this.#parts.history.finished({ id, friend: friend.id, direction: 'in', startedAt, ...over });
  }

  #heardMissed({ friend }: Peer, { body }: Extract<CallFrame, { kind: 'missed' }>): void {
    if (!this.#rings.take(friend.id)) return this.#parts.drops.count('call-ring-rate');
    const call = body.call.slice();
    const record = { call, startedAt: body.startedAt, extension: body.extension.slice() };
    this.#parts.history.missed(friend.id, record, () => this.#say(friend.id, { kind: 'noted', body: { call } }));
  }

  #datagram(peer: Peer, payload: Uint8Array): void {
    const { drops } = this.#parts;
    const decoded = decodeCallDatagram(payload);
    if (!decoded.ok || !isWhole(decoded.value)) return drops.count('call-sound-malformed');
    const { number } = decoded.value.body;
    const call = this.#callsOf(peer.friend.id).find((one) => one.number === number);
    if (call === undefined || !carriesSound(call.state)) return drops.count('call-sound-unexpected');
    call.hear(decoded.value);
  }

  #say(friend: FriendNumber, frame: CallFrame): boolean {
    const peer = this.#peers.get(friend);
    return peer?.link.up === true && peer.channel.send(encodeCallFrame(frame));
  }

  #changedNow(call: Call): void {
    if (this.#calls.has(call.hex)) this.changed.emit(call.view());
  }

  #ended(call: Call): void {
    const { hex, state, id, friend, direction, startedAt, answeredAt, rang } = call;
    this.#calls.delete(hex);
    this.#sinks.get(hex)?.sink.ended('over');
    this.#sinks.delete(hex);
    if (state.phase !== 'ended') return;
    const { reason } = state;
    this.#remember(hex, friend.id, lastWord(call.id, direction, reason));
    // Of two calls that became one, the other one is written down.
    if (reason === 'replaced') return;
    const owed = direction === 'out' && !rang;
    const endedAt = this.#parts.clock.wall();
    this.#parts.history.finished({ id, friend: friend.id, direction, startedAt, answeredAt, endedAt, reason, owed });
  }

  /** The friend may not have heard how it ended, and ask. */
  #remember(hex: string, friend: FriendNumber, answer: CallFrame): void {
    this.#over.set(hex, { friend, answer });
    if (this.#over.size > MAX_REMEMBERED) this.#over.delete(this.#over.keys().next().value!);
  }

  #makeHost(): CallHost {
    return {
      seek: (friend) => this.#parts.links.seek(friend.key),
      sayFrame: (friend, frame) => this.#say(friend.id, frame),
      sendDatagram: (friend, payload) => {
        const link = this.#peers.get(friend.id)?.link;
        return link?.up === true && link.sendDatagram(DATAGRAM_KINDS.calls, payload);
      },
      linkStats: (friend) => this.#peers.get(friend.id)?.link.stats(),
      frame: (call, frame) => this.#sinks.get(call.hex)?.sink.frame(frame),
      changed: (call) => this.changed.emit(call.view()),
      ended: (call) => this.#ended(call),
    };
  }
}

const SEEKING: CallState = { phase: 'seeking', rang: false };
const RINGING: CallState = { phase: 'ringing' };

const LAST_WORDS: Readonly<Record<EndedReason, keyof typeof END_REASONS>> = {
  'hung-up': 'hungUp',
  cancelled: 'cancelled',
  'no-answer': 'noAnswer',
  unreachable: 'noAnswer',
  declined: 'hungUp',
  busy: 'hungUp',
  failed: 'failed',
  replaced: 'failed',
};

/** What a friend hears who asks for a call that is over. */
function lastWord(call: Uint8Array, direction: 'in' | 'out', reason: EndedReason): CallFrame {
  if (direction === 'in' && reason === 'declined') return { kind: 'decline', body: { call, reason: 'declined' } };
  return { kind: 'end', body: { call, reason: LAST_WORDS[reason] } };
}

/** A frame that is no silence has sound: a client's connection has no message for one without. */
function isWhole({ kind, body }: CallDatagram): boolean {
  if (kind === 'report') return true;
  const frames = body.flags.silence ? body.earlier : [body, ...body.earlier];
  return frames.every(({ opus }) => opus.length > 0);
}

function unknownCall(): MessengerError {
  return new MessengerError('unknown-call', 'There is no such call.');
}
