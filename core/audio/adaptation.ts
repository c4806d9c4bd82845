/** What an encoder may be asked for, in bit/s (L:20). */
export const MIN_BIT_RATE = 24_000;
export const MAX_BIT_RATE = 48_000;
const FIRST_BIT_RATE = 32_000;
const STEP_UP = 4_000;
const CUT = 0.8;
/** Waiting on the path that means congestion, and that means there is room. */
const QUEUE_HIGH_MS = 80;
const QUEUE_LOW_MS = 30;
/** Losses come from radio too, so only very many of them are taken for congestion by themselves. */
const CONGESTED_LOSS = 0.25;
const CLEAN_LOSS = 0.02;
/** How often the bit rate changes. */
const CUT_PAUSE_MS = 1_000;
const RISE_PAUSE_MS = 4_000;
/** Losses from which one earlier frame is carried along, or two. */
const ONE_ABOVE = 0.01;
const TWO_ABOVE = 0.04;
/** Losses in a row from which the frames carried along are taken from farther back, and down to which they stay so. */
const BURSTS_ABOVE = 1.6;
const BURSTS_UNTIL = 1.3;
/** Which earlier frames are carried along, by the redundancy; and where packets are lost in a row. */
const NEAR = [[], [1], [1, 2]] as const;
const SPREAD = [[], [2], [1, 3]] as const;
/** It is taken back only after this long without need. */
const CALM_MS = 10_000;

/** How the other side hears us. */
export interface PathReport {
  /** Share of packets lost, 0 to 1. */
  readonly loss: number;
  /** Packets lost in a row, on average; 0 when none was. */
  readonly run: number;
  readonly queueingMs: number;
}

/** How a sender should send. */
export interface SendTuning {
  /** For the encoder, MIN_BIT_RATE to MAX_BIT_RATE, in bit/s. */
  readonly bitRate: number;
  /** Earlier frames carried along: how many frames ago each of them was. At most two. */
  readonly earlier: readonly number[];
}

/**
 * Fits what we send to what the other side hears: the bit rate gives way to packets that queue up (additive increase,
 * multiplicative decrease), the redundancy follows the losses, up at once and down slowly.
 */
export class SenderAdaptation {
  #bitRate = FIRST_BIT_RATE;
  #redundancy = 0;
  #bursts = false;
  #changedAt: number | undefined;
  /** Since when fewer earlier frames would do. */
  #calmSince: number | undefined;

  get tuning(): SendTuning {
    return { bitRate: this.#bitRate, earlier: (this.#bursts ? SPREAD : NEAR)[this.#redundancy]! };
  }

  /** @returns whether the tuning has changed. */
  report(report: PathReport, now: number): boolean {
    const before = this.tuning;
    this.#bursts = report.run > (this.#bursts ? BURSTS_UNTIL : BURSTS_ABOVE);
    this.#adaptRedundancy(report, now);
    this.#adaptBitRate(report, now);
    return before.bitRate !== this.#bitRate || before.earlier !== this.tuning.earlier;
  }

  #adaptRedundancy({ loss }: PathReport, now: number): void {
    const wanted = loss >= TWO_ABOVE ? 2 : loss >= ONE_ABOVE ? 1 : 0;
    if (wanted >= this.#redundancy) {
      this.#redundancy = wanted;
      this.#calmSince = undefined;
      return;
    }
    this.#calmSince ??= now;
    if (now - this.#calmSince < CALM_MS) return;
    this.#redundancy--;
    this.#calmSince = now;
  }

  #adaptBitRate({ loss, queueingMs }: PathReport, now: number): void {
    this.#changedAt ??= now;
    const since = now - this.#changedAt;
    const congested = queueingMs > QUEUE_HIGH_MS || loss > CONGESTED_LOSS;
    const roomy = queueingMs < QUEUE_LOW_MS && loss < CLEAN_LOSS;
    if (congested && since >= CUT_PAUSE_MS) this.#set(this.#bitRate * CUT, now);
    else if (roomy && since >= RISE_PAUSE_MS) this.#set(this.#bitRate + STEP_UP, now);
  }

  #set(bitRate: number, now: number): void {
    this.#bitRate = Math.round(Math.min(MAX_BIT_RATE, Math.max(MIN_BIT_RATE, bitRate)));
    this.#changedAt = now;
  }
}
