import type { AudioFrame } from '../../audio/frame.ts';
import { CALLS_VERSION, type CallDatagram, type CallFrame } from '../../codec/calls.ts';
import { type MessageId, type ProfileKey, toHex } from '../../ids/bytes.ts';
import type { LinkStats } from '../../link/types.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { FriendNumber } from '../../store/types.ts';
import { Pace } from '../pace.ts';
import type { CallView } from '../views.ts';
import {
  type CallEffect,
  type CallEvent,
  type CallState,
  carriesSound,
  limitOf,
  QUIET_MS,
  step,
} from './call-state.ts';
import { CallMedia } from './media.ts';
import type { OutgoingFrame } from './packer.ts';

/** What the friend changes, by its word or its reports, is shown at this pace; what is left over is shown then. */
const SHOWN = { burst: 8, everyMs: 500 };

export interface CallFriend {
  readonly id: FriendNumber;
  readonly hex: string;
  readonly key: ProfileKey;
}

export interface CallParts {
  readonly clock: Clock;
  readonly id: MessageId;
  readonly friend: CallFriend;
  readonly direction: 'in' | 'out';
  readonly startedAt: number;
  readonly state: CallState;
  readonly padded: () => boolean;
  readonly host: CallHost;
}

/** What a call needs of the world. */
export interface CallHost {
  seek(friend: CallFriend): void;
  /** False when there is no link. */
  sayFrame(friend: CallFriend, frame: CallFrame): boolean;
  sendDatagram(friend: CallFriend, payload: Uint8Array): boolean;
  linkStats(friend: CallFriend): LinkStats | undefined;
  frame(call: Call, frame: AudioFrame): void;
  changed(call: Call): void;
  ended(call: Call): void;
}

/** One call: its state, its limits in time, its sound. Ends once, by itself or by its friend, and stays ended. */
export class Call {
  readonly id: MessageId;
  readonly hex: string;
  readonly friend: CallFriend;
  readonly direction: 'in' | 'out';
  readonly startedAt: number;
  readonly #parts: CallParts;
  #state: CallState;
  #since: number;
  #answeredAt: number | undefined;
  #rang = false;
  #limit: { readonly name: string; readonly timer: Timer } | undefined;
  #media: CallMedia | undefined;
  #muted = false;
  #deafened = false;
  #peerMuted = false;
  #peerDeafened = false;
  readonly #shown: Pace;
  #unshown = false;
  /** The call that took this one's place. */
  replacedBy: Call | undefined;

  constructor(parts: CallParts) {
    this.#parts = parts;
    this.#shown = new Pace(parts.clock, SHOWN);
    this.id = parts.id;
    this.hex = toHex(parts.id);
    this.friend = parts.friend;
    this.direction = parts.direction;
    this.startedAt = parts.startedAt;
    this.#state = parts.state;
    this.#since = parts.clock.wall();
    this.#plan();
  }

  get state(): CallState {
    return this.#state;
  }

  get answeredAt(): number | undefined {
    return this.#answeredAt;
  }

  /** It rang at the other side, or was answered there. */
  get rang(): boolean {
    return this.#rang;
  }

  /** The call's number in datagrams; undefined while there is no sound. */
  get number(): number | undefined {
    return this.#media?.number;
  }

  apply(event: CallEvent): void {
    const before = this.#state;
    const { state, effects } = step(before, event);
    this.#state = state;
    for (const effect of effects) this.#do(effect);
    // What an effect caused may have gone on from here.
    if (state !== before && this.#state === state) this.#entered(before);
  }

  hear(datagram: CallDatagram): void {
    this.#media?.receive(datagram);
  }

  /** The friend told what it does with its microphone and loudspeaker. */
  heardHere(muted: boolean, deafened: boolean): void {
    if (!carriesSound(this.#state)) return;
    const changed = muted !== this.#peerMuted || deafened !== this.#peerDeafened;
    this.#peerMuted = muted;
    this.#peerDeafened = deafened;
    if (changed) this.#show();
  }

  send(frame: OutgoingFrame): boolean {
    return this.#media?.send(frame) ?? false;
  }

  setMuted(muted: boolean, deafened: boolean): void {
    if (muted === this.#muted && deafened === this.#deafened) return;
    this.#muted = muted;
    this.#deafened = deafened;
    this.#applyMuted();
    if (carriesSound(this.#state)) this.#do({ kind: 'say', frame: 'here' });
    this.#parts.host.changed(this);
  }

  get muted(): boolean {
    return this.#muted;
  }

  get deafened(): boolean {
    return this.#deafened;
  }

  view(): CallView {
    const state = this.#state;
    return {
      call: this.hex,
      friend: this.friend.hex,
      direction: this.direction,
      state: state.phase,
      since: this.#since,
      startedAt: this.startedAt,
      answeredAt: this.#answeredAt ?? null,
      reason: state.phase === 'ended' ? state.reason : null,
      replacedBy: this.replacedBy?.hex ?? null,
      muted: this.#muted,
      deafened: this.#deafened,
      peerMuted: this.#peerMuted,
      peerDeafened: this.#peerDeafened,
      encoder: this.#media === undefined ? null : this.#encoder(this.#media),
      quality: this.#media === undefined ? null : this.#quality(this.#media),
    };
  }

  /** Ends timers without a word. */
  stop(): void {
    this.#limit?.timer.cancel();
    this.#limit = undefined;
    this.#media?.stop();
    this.#media = undefined;
  }

  #encoder(media: CallMedia): NonNullable<CallView['encoder']> {
    const { bitRate, earlier } = media.tuning;
    return { bitRate, redundancy: earlier.length, constantRate: this.#parts.padded() };
  }

  #quality(media: CallMedia): NonNullable<CallView['quality']> {
    const stats = this.#parts.host.linkStats(this.friend);
    return {
      ...media.quality,
      epoch: stats?.epoch ?? null,
      epochAgeMs: stats?.epochAgeMs ?? null,
      nextEpochInMs: stats?.nextEpochInMs ?? null,
    };
  }

  #entered(before: CallState): void {
    const { clock, host } = this.#parts;
    const state = this.#state;
    if (state.phase === 'ringing-there' || state.phase === 'active') this.#rang = true;
    if (state.phase !== before.phase) this.#since = clock.wall();
    if (state.phase === 'active') this.#answeredAt ??= clock.wall();
    if (carriesSound(state)) this.#media ??= this.#makeMedia();
    if (state.phase === 'active') this.#media?.noteHeard();
    this.#plan();
    if (state.phase === 'ended') this.stop();
    host.changed(this);
    if (state.phase === 'ended') host.ended(this);
    // Muted while it rang: nobody was told.
    else if (before.phase === 'connecting' && (this.#muted || this.#deafened)) this.#do({ kind: 'say', frame: 'here' });
  }

  #plan(): void {
    const limit = limitOf(this.#state);
    if (limit?.name === this.#limit?.name) return;
    this.#limit?.timer.cancel();
    this.#limit = limit && {
      name: limit.name,
      timer: this.#parts.clock.after(limit.ms, () => {
        this.#limit = undefined;
        this.apply({ kind: 'timeout' });
      }),
    };
  }

  #do(effect: CallEffect): void {
    const { host } = this.#parts;
    if (effect.kind === 'seek') return host.seek(this.friend);
    host.sayFrame(this.friend, this.#frameOf(effect));
  }

  #frameOf(effect: Extract<CallEffect, { kind: 'say' }>): CallFrame {
    const call = this.id;
    switch (effect.frame) {
      case 'ring': {
        const { startedAt } = this;
        return {
          kind: 'ring',
          body: { version: CALLS_VERSION, capabilities: 0, call, startedAt, extension: NO_BYTES },
        };
      }
      case 'here':
        return { kind: 'here', body: { call, muted: this.#muted, deafened: this.#deafened } };
      case 'decline':
        return { kind: 'decline', body: { call, reason: effect.reason } };
      case 'end':
        return { kind: 'end', body: { call, reason: effect.reason } };
      case 'ringing':
      case 'accept':
        return { kind: effect.frame, body: { call } };
    }
  }

  #makeMedia(): CallMedia {
    const { host, clock, padded } = this.#parts;
    const media = new CallMedia({
      ...{ clock, padded, id: this.id },
      send: (payload) => host.sendDatagram(this.friend, payload),
      onFrame: (frame) => host.frame(this, frame),
      onHeard: () => this.apply({ kind: 'heard-sound' }),
      onTick: () => {
        if (media.quietForMs >= QUIET_MS) this.apply({ kind: 'quiet' });
        if (this.#unshown) this.#show();
      },
      onTuned: () => this.#show(),
    });
    media.muted = this.#muted;
    media.deafened = this.#deafened;
    return media;
  }

  #show(): void {
    this.#unshown = !this.#shown.take();
    if (!this.#unshown) this.#parts.host.changed(this);
  }

  #applyMuted(): void {
    if (this.#media === undefined) return;
    this.#media.muted = this.#muted;
    this.#media.deafened = this.#deafened;
  }
}

const NO_BYTES = new Uint8Array(0);
