import { FRAME_MS, FRAME_TICKS, TICKS_PER_MS } from '../../audio/frame.ts';
import {
  type AudioPacket,
  audioOverheadBytes,
  type CallReport,
  encodeCallDatagram,
  REPORT_BYTES,
} from '../../codec/calls.ts';
import { MAX_DATAGRAM_BYTES } from '../../codec/limits.ts';

/** What the microphone's side hands over: one frame of 20 ms. */
export interface OutgoingFrame {
  /** First sample, in ticks of 48 kHz from any begin. */
  readonly clock: number;
  /** Comfort noise (DTX); `opus` may be empty. */
  readonly silence: boolean;
  readonly opus: Uint8Array;
}

export interface PackOptions {
  /** Now, in ms. */
  readonly now: number;
  readonly report: CallReport | undefined;
  /** Earlier frames carried along: how many frames ago each of them was, 1 to MAX_BACK. */
  readonly earlier: readonly number[];
  /** Fill up to the size that frames of this bit rate have; undefined: not at all. */
  readonly padFor: number | undefined;
}

/** A packet that is longer than the common size all the same is filled up to a multiple of this. */
const PAD_STEP_BYTES = 32;
/** The client's clock may be off by this much before it is taken for another one. */
const CLOCK_JUMP_TICKS = 1_000 * TICKS_PER_MS;
/** Longest distance of an earlier frame: the field has 16 bits. */
const MAX_EARLIER_TICKS = 0xffff;
/** Frames that are kept to be carried along. */
const MAX_BACK = 4;

interface Sent {
  readonly sequence: number;
  readonly clock: number;
  readonly opus: Uint8Array;
}

/** Turns frames into datagrams: numbers them, gives them one time line, carries earlier ones along, fills up. */
export class AudioPacker {
  readonly #number: number;
  #sequence = 0;
  #offset = 0;
  #last: { readonly clock: number; readonly at: number; readonly silence: boolean } | undefined;
  #recent: Sent[] = [];

  /** `number` is the call's, see `callNumber`. */
  constructor(number: number) {
    this.#number = number;
  }

  /** The datagram, or undefined for a frame that is not after the one before. The Opus bytes are kept until later. */
  pack(frame: OutgoingFrame, options: PackOptions): Uint8Array | undefined {
    const clock = this.#toWire(frame.clock, options.now);
    if (this.#last !== undefined && clock <= this.#last.clock) return undefined;
    const begins = !frame.silence && (this.#last?.silence ?? true);
    this.#last = { clock, at: options.now, silence: frame.silence };
    const sequence = this.#sequence++;
    const earlier = this.#earlier(sequence, clock, options.earlier);
    const { now, report, padFor } = options;
    const body = { number: this.#number, stamp: stampOf(now), sequence, clock, report, earlier, opus: frame.opus };
    this.#remember({ sequence, clock, opus: frame.opus }, frame.silence);
    const padding = padFor === undefined ? 0 : paddingOf(body, padFor, options.earlier.length);
    return encodeCallDatagram({
      kind: 'audio',
      body: { ...body, flags: { silence: frame.silence, begins }, padding },
    });
  }

  /** A client that was started anew counts from another begin: the time line of the call goes on. */
  #toWire(clock: number, now: number): number {
    const last = this.#last;
    if (last === undefined) this.#offset = -clock;
    else {
      const expected = last.clock + Math.max(FRAME_MS, now - last.at) * TICKS_PER_MS;
      if (Math.abs(clock + this.#offset - expected) > CLOCK_JUMP_TICKS) {
        this.#offset = Math.ceil(expected / FRAME_TICKS) * FRAME_TICKS - clock;
      }
    }
    return clock + this.#offset;
  }

  #earlier(sequence: number, clock: number, backs: readonly number[]): AudioPacket['earlier'] {
    return backs
      .flatMap((back) => this.#recent.at(-back) ?? [])
      .map((sent) => ({ back: sequence - sent.sequence, ticks: clock - sent.clock, opus: sent.opus }))
      .filter(({ back, ticks }) => back <= 0xff && ticks <= MAX_EARLIER_TICKS);
  }

  #remember(sent: Sent, silence: boolean): void {
    // A silence that is lost is no loss.
    if (silence) this.#recent = [];
    else this.#recent = [...this.#recent, sent].slice(-MAX_BACK);
  }
}

/** Size of all packets at this bit rate and redundancy, in bytes. */
function commonBytes(bitRate: number, redundancy: number): number {
  const frameBytes = Math.ceil((bitRate * FRAME_MS) / 8_000);
  return audioOverheadBytes(redundancy) + (1 + redundancy) * frameBytes;
}

function paddingOf(
  body: Pick<AudioPacket, 'earlier' | 'opus' | 'report'>,
  bitRate: number,
  redundancy: number,
): number {
  const common = commonBytes(bitRate, redundancy);
  const withReport = audioOverheadBytes(body.earlier.length) + body.opus.length;
  const bytes =
    body.earlier.reduce((sum, { opus }) => sum + opus.length, withReport) - (body.report ? 0 : REPORT_BYTES);
  const over = Math.max(0, bytes - common);
  const size = Math.min(MAX_DATAGRAM_BYTES, common + Math.ceil(over / PAD_STEP_BYTES) * PAD_STEP_BYTES);
  return Math.max(0, size - bytes);
}

/** The lowest 16 bits of a time in ms. */
export function stampOf(now: number): number {
  return Math.floor(now) & 0xffff;
}
