import {
  decodeMessageDatagram,
  decodeMessageFrame,
  encodeMessageDatagram,
  encodeMessageFrame,
  type Hello,
  MAX_KNOWN_DEVICES,
  MESSAGES_VERSION,
  type MessageDatagram,
  type MessageFrame,
  type SeqRange,
} from '../codec/messages.ts';
import { CHANNELS, type Channel, DATAGRAM_KINDS, type Link } from '../link/types.ts';
import type { DeviceNumber, DeviceRow, FriendNumber, StoreReads } from '../store/types.ts';
import type { DropCounts } from './context.ts';
import type { IncomingResult } from './incoming.ts';
import { Outgoing } from './outgoing.ts';
import type { SeqRanges } from './seq-ranges.ts';
import { Told } from './told-ranges.ts';

/** Bits of what we can do beyond this version of the protocol: nothing yet. */
const CAPABILITIES = 0;
const NO_BYTES = new Uint8Array(0);
/**
 * While no more messages than these wait for the disk, the friend is told at once that they are written. In a flood
 * nobody waits for one of them, and another frame for each would only slow it down.
 */
const MAX_TOLD_UNFLUSHED = 8;

export interface SessionParts {
  readonly read: StoreReads;
  readonly friend: FriendNumber;
  readonly link: Link;
  readonly drops: DropCounts;
}

/** The conversation over one link: what was said on it so far. Ends with the link. */
export class Session {
  readonly friend: FriendNumber;
  readonly link: Link;
  readonly channel: Channel;
  readonly outgoing: Outgoing;
  readonly #read: StoreReads;
  readonly #drops: DropCounts;
  /** The friend's device; known from its hello on. Nothing is sent before, see `incoming.ts`. */
  device: DeviceRow | undefined = undefined;
  /** Tag of that device, from when the hello came in. */
  greeting: Uint8Array | undefined;
  /** What the friend said of our messages on it. */
  readonly told = new Told();
  /** Frames to come after our hello; undefined when it was said. */
  #held: MessageFrame[] | undefined = [];
  /** Number of our last message that the friend said to have written. */
  #writtenUpTo = 0;
  /** Messages of the friend in the database, but not on the disk yet. */
  #unflushed = 0;

  constructor(parts: SessionParts) {
    this.friend = parts.friend;
    this.link = parts.link;
    this.#read = parts.read;
    this.#drops = parts.drops;
    this.channel = parts.link.channel(CHANNELS.messages);
    this.outgoing = new Outgoing(parts.read.messages, parts.friend, this.channel);
  }

  /**
   * Both hellos were said: the friend drops messages that come before ours, and we know from theirs where to begin.
   */
  get mayWrite(): boolean {
    return this.device !== undefined && this.#held === undefined;
  }

  /** What the hello says of the friend's devices, as the database has it now. */
  knownDevices(): Hello['known'] {
    return this.#read.devices
      .of(this.friend)
      .slice(0, MAX_KNOWN_DEVICES)
      .map((row) => ({ device: row.tag, receivedUpTo: row.receivedUpTo, readUpTo: row.readToldUpTo }));
  }

  /** The first frame. `known` must be on the disk: the friend forgets what we say to have read. */
  sayHello(own: Pick<Hello, 'device' | 'name' | 'known'>): void {
    const body = { version: MESSAGES_VERSION, capabilities: CAPABILITIES, ...own, extension: NO_BYTES };
    const held = this.#held;
    this.#held = undefined;
    for (const frame of [{ kind: 'hello', body } as const, ...(held ?? [])]) this.#send(frame);
  }

  sayTyping(on: boolean): void {
    if (this.device !== undefined) this.#send({ kind: 'typing', body: { on } });
  }

  /** Also before the friend's hello: ours, which may have said another name, is ahead of it. */
  sayName(name: string): void {
    this.#send({ kind: 'name', body: { name } });
  }

  /** The person read these messages of that device. */
  sayRead(device: DeviceNumber, ranges: SeqRanges): void {
    if (this.device?.id !== device) return;
    for (const read of ranges.pieces()) this.#send({ kind: 'receipt', body: { delivered: NONE, read } });
  }

  /** The frames that can be understood; the others are counted. */
  decode(frames: readonly Uint8Array[]): MessageFrame[] {
    const result: MessageFrame[] = [];
    for (const bytes of frames) {
      const decoded = decodeMessageFrame(bytes);
      if (decoded.ok) {
        result.push(decoded.value);
        if (decoded.value.kind === 'hello') this.greeting ??= decoded.value.body.device;
      } else this.#countDropped(decoded.reason);
    }
    return result;
  }

  /** The same for a datagram that says more than those before: there are no more of these than messages of ours. */
  decodeDatagram(bytes: Uint8Array): MessageDatagram | undefined {
    const decoded = decodeMessageDatagram(bytes);
    if (!decoded.ok) {
      this.#countDropped(decoded.reason);
      return undefined;
    }
    const last = Math.min(decoded.value.body.messages.last, this.outgoing.sentUpTo);
    if (last <= this.#writtenUpTo) {
      this.#drops.count('message-late');
      return undefined;
    }
    this.#writtenUpTo = last;
    return decoded.value;
  }

  /**
   * What the frames changed is in the database: the next ones are understood in the light of it, and the friend may
   * show a lone message as delivered. They keep it until the receipt, since a power cut may still take it from us. The
   * word goes as a datagram, which leaves at once: frames wait for the end of the turn and for an acknowledgement before
   * them. Should it be lost, the receipt says the same.
   * @returns whether they were told
   */
  written(result: IncomingResult): boolean {
    if (result.greeted) this.device = result.device;
    this.told.addAll(result.told);
    this.#unflushed += result.acknowledge.size;
    const messages = result.acknowledge.only;
    if (messages === undefined || this.#unflushed > MAX_TOLD_UNFLUSHED || this.#held !== undefined) return false;
    const word = encodeMessageDatagram({ kind: 'written', body: { messages } });
    return this.link.sendDatagram(DATAGRAM_KINDS.messages, word);
  }

  /** What the frames changed is on the disk: say so. */
  committed(result: IncomingResult): void {
    this.#unflushed -= result.acknowledge.size;
    for (const delivered of result.acknowledge.pieces())
      this.#send({ kind: 'receipt', body: { delivered, read: NONE } });
    for (const read of result.readAgain.pieces()) this.#send({ kind: 'receipt', body: { delivered: NONE, read } });
    this.outgoing.settled(result.settledUpTo);
    if (result.greeted) {
      this.outgoing.reread();
      this.outgoing.durable(result.lastSeq);
    }
    for (let i = 0; i < result.unexpected; i++) this.#drops.count('message-unexpected');
  }

  /** Once the friend's device is known. */
  say(frame: MessageFrame): void {
    if (this.device !== undefined) this.#send(frame);
  }

  #countDropped(reason: string): void {
    this.#drops.count(reason === 'unknown-kind' ? 'message-unknown-kind' : 'message-malformed');
  }

  #send(frame: MessageFrame): void {
    if (this.#held !== undefined) this.#held.push(frame);
    else if (this.link.up) this.channel.send(encodeMessageFrame(frame));
  }
}

const NONE: readonly SeqRange[] = [];
