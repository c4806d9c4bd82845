import type { ControlFrame } from '../codec/link.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import { beginHandshake, type Initiation, type Pair, respond } from './handshake.ts';
import { type EpochKeys, wipeEpoch } from './keys.ts';

/** The longest life of a key (L:11, L:20). */
export const EPOCH_MS = 300_000;
/** Age at which the next handshake begins, unless it is set otherwise. */
export const REKEY_AFTER_MS = 180_000;
/**
 * What is left of the key's life then. Not for slow paths alone: a process that was stopped or starved for so long
 * still catches up, since the old key stays in force on both sides until the handshake is through.
 */
export const SWITCH_GRACE_MS = EPOCH_MS - REKEY_AFTER_MS;
/** The beginning is spread by this part, so that the two ends rarely begin at once. */
const REKEY_JITTER = 0.1;
/** How long datagrams of the past epoch are still opened after the peer's switch, or until the next one is over. */
export const LATE_DATAGRAM_MS = 3_000;
/** A peer that wants new keys more often than this wastes our time. */
const MIN_EPOCH_MS = 250;

const NO_PAYLOAD = new Uint8Array(0);

/** What the epoch changes in its link. Keys handed over belong to the link, which wipes them. */
export interface EpochHost {
  /** Queues a frame of channel 0, sealed with the key in force now. */
  sendControl(frame: ControlFrame): void;
  /** All that is sent from now on is sealed with these; the old keys are wiped. */
  switchSend(epoch: number, keys: EpochKeys['send']): void;
  /** The next record of the stream is opened with this; the old key is wiped. */
  switchReceive(streamKey: Uint8Array): void;
  /** Datagrams of this epoch are opened too. */
  addDatagrams(epoch: number, key: Uint8Array): void;
  /** Keys for datagrams of earlier epochs are wiped. */
  dropDatagramsBefore(epoch: number): void;
  /** No key may live on: the link has to go down. */
  expired(): void;
}

export interface EpochOptions {
  readonly pair: Pair;
  readonly handshakeHash: Uint8Array;
  readonly clock: Clock;
  readonly random: Random;
  readonly host: EpochHost;
  /** Hard limit for the life of a key, at most EPOCH_MS. */
  readonly epochMs: number;
  /** Age at which the next handshake begins, less some jitter. Less than `epochMs` by what a late peer may take. */
  readonly rekeyAfterMs: number;
}

/**
 * - idle: one epoch in both directions
 * - offered: we sent message 1
 * - answered: we sent message 2 and wait for the peer's switch and its proof under the new key
 * - switched: our direction is new, the peer's is not yet
 */
type Phase =
  | { readonly step: 'idle' }
  | { readonly step: 'offered'; readonly initiation: Initiation }
  | { readonly step: 'answered'; readonly next: NextEpoch; readonly peerSwitched: boolean }
  | { readonly step: 'switched'; readonly next: NextEpoch };

/** When keys were made, by both clocks: the monotonic one stands still while the computer sleeps. */
interface Birth {
  readonly at: number;
  readonly wall: number;
}

interface NextEpoch {
  readonly keys: EpochKeys;
  readonly born: Birth;
}

/**
 * Replaces the keys of a link while it works (L:20): a whole Noise IK handshake in channel 0, then in each direction
 * a `switch` frame, the last under the old key. The stream is ordered, so no frame is lost, doubled or moved.
 *
 *   initiator                          responder
 *   rekeyHello          ->
 *                       <-             rekeyWelcome
 *   switch | confirm    ->                             `|` is where the direction's key changes
 *                       <-             switch |
 *
 * The responder switches only after `confirm` opened under the new key: it proves the initiator, so that somebody who
 * stole the responder's key alone cannot pose as the initiator (key-compromise impersonation).
 */
export class EpochMachine {
  readonly #options: EpochOptions;
  #epoch = 0;
  #phase: Phase = { step: 'idle' };
  #handshakeHash: Uint8Array;
  #born: Birth;
  #beginAt = 0;
  #begin: Timer | undefined;
  #deadline: Timer | undefined;
  #late: Timer | undefined;
  #stopped = false;

  constructor(options: EpochOptions) {
    this.#options = options;
    this.#handshakeHash = options.handshakeHash;
    this.#born = this.#now();
    this.#plan();
  }

  /** Number of the epoch whose key seals what we send. */
  get sendEpoch(): number {
    return this.#phase.step === 'switched' ? this.#epoch + 1 : this.#epoch;
  }

  /** Age of the older of the two directions' keys in ms. A computer's sleep counts, where its wall clock shows it. */
  get ageMs(): number {
    const now = this.#now();
    return Math.max(now.at - this.#born.at, now.wall - this.#born.wall);
  }

  /** Time until the next handshake begins here; the peer may begin earlier. 0: it has begun. */
  get nextInMs(): number {
    return this.#phase.step === 'idle' ? Math.max(0, this.#beginAt - this.#now().at) : 0;
  }

  /** True when the key in force must not be used any more; tells the host so. Timers may be late, so ask before use. */
  checkExpired(): boolean {
    if (this.ageMs < this.#options.epochMs) return false;
    if (!this.#stopped) this.#options.host.expired();
    return true;
  }

  /** Begins the next handshake now, if none is under way. */
  begin(): void {
    if (this.#stopped || this.#phase.step !== 'idle') return;
    const initiation = beginHandshake(this.#options.pair, this.#handshakeHash, NO_PAYLOAD);
    this.#phase = { step: 'offered', initiation };
    const body = { epoch: this.#epoch + 1, noise: initiation.message };
    this.#options.host.sendControl({ kind: 'rekeyHello', body });
  }

  /** Takes a frame of channel 0 in its place in the stream. False: the peer breaks the rules. */
  receive(frame: ControlFrame): boolean {
    switch (frame.kind) {
      case 'rekeyHello':
        return frame.body.epoch === this.#epoch + 1 && this.#answer(frame.body.noise);
      case 'rekeyWelcome':
        return frame.body.epoch === this.#epoch + 1 && this.#finish(frame.body.noise);
      case 'switch':
        return frame.body.epoch === this.#epoch + 1 && this.#peerSwitched();
      case 'confirm':
        return this.#confirmed(frame.body.epoch);
      default:
        return true;
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#begin?.cancel();
    this.#deadline?.cancel();
    this.#late?.cancel();
    if (this.#phase.step === 'offered') this.#phase.initiation.destroy();
    if (this.#phase.step === 'answered' || this.#phase.step === 'switched') wipeEpoch(this.#phase.next.keys);
    this.#phase = { step: 'idle' };
  }

  #plan(): void {
    const { clock, random, rekeyAfterMs } = this.#options;
    const age = rekeyAfterMs * (1 - REKEY_JITTER * random.uniform());
    // Keys may be old when they come into force, where one of the two was late; the other one's are as new as today.
    const after = Math.max(Math.min(rekeyAfterMs, 2 * MIN_EPOCH_MS), age - this.ageMs);
    this.#beginAt = this.#now().at + after;
    this.#begin?.cancel();
    this.#begin = clock.after(after, () => this.begin());
    this.#deadline?.cancel();
    this.#deadline = clock.after(this.#leftMs, () => this.checkExpired());
  }

  /** What is left of the life of the key in force. */
  get #leftMs(): number {
    return Math.max(0, this.#options.epochMs - this.ageMs);
  }

  #now(): Birth {
    const { clock } = this.#options;
    return { at: clock.now(), wall: clock.wall() };
  }

  #answer(message1: Uint8Array): boolean {
    const phase = this.#phase;
    if (phase.step === 'offered') {
      // Both began at once: the offer of the lower profile key stands, the other is dropped on both sides.
      if (this.#options.pair.weAreLower) return true;
      phase.initiation.destroy();
    } else if (phase.step !== 'idle' || this.ageMs < Math.min(MIN_EPOCH_MS, this.#options.epochMs / 4)) {
      return false;
    }
    const accepted = respond(this.#options.pair, this.#handshakeHash, message1)?.accept(NO_PAYLOAD);
    if (accepted === undefined) return false;
    const { message, keys } = accepted;
    this.#phase = { step: 'answered', next: { keys, born: this.#now() }, peerSwitched: false };
    this.#options.host.addDatagrams(this.#epoch + 1, keys.receive.datagram);
    this.#options.host.sendControl({ kind: 'rekeyWelcome', body: { epoch: this.#epoch + 1, noise: message } });
    return true;
  }

  #finish(message2: Uint8Array): boolean {
    if (this.#phase.step !== 'offered') return false;
    const finished = this.#phase.initiation.finish(message2);
    if (finished === undefined) return false;
    const { keys } = finished;
    const { host } = this.#options;
    host.addDatagrams(this.#epoch + 1, keys.receive.datagram);
    this.#switchSend({ keys, born: this.#now() });
    host.sendControl({ kind: 'confirm', body: { epoch: this.#epoch + 1 } });
    return true;
  }

  #switchSend(next: NextEpoch): void {
    const epoch = this.#epoch + 1;
    this.#options.host.sendControl({ kind: 'switch', body: { epoch } });
    this.#options.host.switchSend(epoch, next.keys.send);
    this.#phase = { step: 'switched', next };
  }

  #peerSwitched(): boolean {
    const phase = this.#phase;
    if (phase.step !== 'switched' && (phase.step !== 'answered' || phase.peerSwitched)) return false;
    this.#options.host.switchReceive(phase.next.keys.receive.stream);
    if (phase.step === 'switched') this.#complete(phase.next);
    else this.#phase = { ...phase, peerSwitched: true };
    return true;
  }

  /** Opened under the new key, since the peer has switched: the initiator holds it. */
  #confirmed(epoch: number): boolean {
    const phase = this.#phase;
    if (phase.step !== 'answered' || !phase.peerSwitched || epoch !== this.#epoch + 1) return false;
    this.#switchSend(phase.next);
    this.#complete(phase.next);
    return true;
  }

  #complete({ keys, born }: NextEpoch): void {
    const { clock, host } = this.#options;
    // Never beyond the life of the old key itself.
    const lateMs = Math.min(LATE_DATAGRAM_MS, this.#leftMs);
    // The timer that follows takes the place of the last one: where keys change faster than it, none would be wiped.
    host.dropDatagramsBefore(this.#epoch);
    this.#epoch++;
    this.#handshakeHash = keys.handshakeHash;
    this.#born = born;
    this.#phase = { step: 'idle' };
    const epoch = this.#epoch;
    this.#late?.cancel();
    this.#late = clock.after(lateMs, () => host.dropDatagramsBefore(epoch));
    this.#plan();
  }
}
