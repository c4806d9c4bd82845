import { TICKS_PER_MS } from './frame.ts';
import { Transit } from './transit.ts';

/** Losses are counted over so many slots of this length. */
const SLOT_MS = 200;
const SLOTS = 10;
/** Weight of a new packet in the smoothed values (RFC 3550, section 6.4.1). */
const GAIN = 1 / 16;
/** Weight of a new gap in how long gaps are. */
const RUN_GAIN = 1 / 8;

interface Slot {
  readonly at: number;
  /** Highest sequence number before the slot. */
  readonly before: number;
  received: number;
}

/** What is known of a path from the packets that came over it; all in ms but the share of losses (0 to 1). */
export interface Reception {
  readonly highest: number;
  readonly loss: number;
  /** Packets that were lost in a row, on average of the last gaps; 0 before the first gap. */
  readonly run: number;
  readonly jitterMs: number;
  /** How much longer packets take now than the quickest of the last seconds. */
  readonly queueingMs: number;
}

/** Measures a path by the packets that come over it: what the other side is told in reports. */
export class ReceptionMeter {
  readonly #transit = new Transit();
  #slots: Slot[] = [];
  #highest = -1;
  #run = 0;
  #lastTransit: number | undefined;
  #jitter = 0;
  #queueing = 0;

  /** A packet with audio, heard for the first time. `sentAt`: by the sender's clock, made continuous by the caller. */
  heard(packet: { readonly sequence: number; readonly clock: number; readonly sentAt: number }, now: number): void {
    this.#count(packet.sequence, now);
    const transit = now - packet.clock / TICKS_PER_MS;
    if (this.#lastTransit !== undefined) {
      this.#jitter += (Math.abs(transit - this.#lastTransit) - this.#jitter) * GAIN;
    }
    this.#lastTransit = transit;
    this.waited(now - packet.sentAt, now);
  }

  /** Any packet took `transit` (with an unknown constant in it). */
  waited(transit: number, now: number): void {
    this.#transit.add(transit, now);
    this.#queueing += (transit - this.#transit.base! - this.#queueing) * GAIN;
  }

  get reception(): Reception {
    const jitterMs = Math.min(this.#jitter, MAX_MS);
    return {
      highest: Math.max(0, this.#highest),
      loss: this.#loss(),
      run: this.#run,
      jitterMs,
      queueingMs: Math.min(this.#queueing, MAX_MS),
    };
  }

  #count(sequence: number, now: number): void {
    const slot = this.#slots.at(-1);
    if (slot === undefined || now - slot.at >= SLOT_MS) {
      const before = this.#highest < 0 ? sequence - 1 : this.#highest;
      this.#slots.push({ at: now, before, received: 1 });
      if (this.#slots.length > SLOTS) this.#slots.shift();
    } else slot.received++;
    // What is only out of order counts as well: it matters where packets are lost, and there it is rare.
    const gap = this.#highest < 0 ? 0 : sequence - this.#highest - 1;
    if (gap > 0) this.#run += this.#run === 0 ? gap : (gap - this.#run) * RUN_GAIN;
    this.#highest = Math.max(this.#highest, sequence);
  }

  #loss(): number {
    const first = this.#slots[0];
    if (first === undefined) return 0;
    const expected = this.#highest - first.before;
    const received = this.#slots.reduce((sum, slot) => sum + slot.received, 0);
    return expected <= 0 ? 0 : Math.min(1, Math.max(0, 1 - received / expected));
  }
}

/** Reports have no room for more. */
const MAX_MS = 6_500;
