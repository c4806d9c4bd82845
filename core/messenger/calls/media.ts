import { type PathReport, SenderAdaptation, type SendTuning } from '../../audio/adaptation.ts';
import type { AudioFrame } from '../../audio/frame.ts';
import { ReceptionMeter } from '../../audio/reception.ts';
import {
  type AudioPacket,
  type CallDatagram,
  type CallReport,
  callNumber,
  encodeCallDatagram,
  RUN_UNIT,
} from '../../codec/calls.ts';
import { ReplayWindow } from '../../link/replay-window.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import { Pace } from '../pace.ts';
import { AudioPacker, type OutgoingFrame, stampOf } from './packer.ts';

/** A report goes out at least this often. */
const REPORT_PERIOD_MS = 200;
/** Silence is said again this often, as Opus' own DTX does it. */
const SILENCE_PERIOD_MS = 400;
/** Frames that a client may send at once, and how soon another one: it is 50 a second in real time. */
const SPOKEN = { burst: 100, everyMs: 1_000 / 60 };
/** Frames of the friend's that a client gets at once, and how soon another one: as many as it may send over its connection. */
const HEARD = { burst: 400, everyMs: 5 };
/** A round trip that takes longer is an error of a stamp. */
const MAX_RTT_MS = 20_000;
const RTT_GAIN = 1 / 8;
const NO_OPUS = new Uint8Array(0);

export interface MediaParts {
  readonly clock: Clock;
  readonly id: Uint8Array;
  /** Sends one datagram; false when there is no link. */
  readonly send: (payload: Uint8Array) => boolean;
  /** Packets shall have a common size. */
  readonly padded: () => boolean;
  /** A frame of the friend's, each once, in the order they come. */
  readonly onFrame: (frame: AudioFrame) => void;
  /** Anything of this call was heard. */
  readonly onHeard: () => void;
  /** Every REPORT_PERIOD_MS. */
  readonly onTick: () => void;
  /** The encoder should be set otherwise. */
  readonly onTuned: () => void;
}

/** How well sound travels; ms but for the shares. Null: not known yet. */
export interface MediaQuality {
  readonly rttMs: number | null;
  readonly jitterMs: number;
  readonly queueingMs: number;
  /** Share of packets lost on the way to us, and of ours on the way to them, before anything is recovered. */
  readonly lossIn: number;
  readonly lossOut: number | null;
}

/**
 * The sound of one call between a client and link datagrams: numbers, carries along, fills up, measures, reports. It
 * never looks into an Opus frame.
 */
export class CallMedia {
  readonly #parts: MediaParts;
  readonly #number: number;
  readonly #packer: AudioPacker;
  readonly #meter = new ReceptionMeter();
  readonly #adaptation = new SenderAdaptation();
  readonly #seen = new ReplayWindow();
  readonly #spoken: Pace;
  readonly #heard: Pace;
  readonly #timer: Timer;
  #silentSince: number | undefined;
  #reportedAt: number;
  /** When the client's last frame came. */
  #spokeAt = Number.NEGATIVE_INFINITY;
  /** The friend's clock at its last packet, made continuous; and when it came. */
  #sentAt: number | undefined;
  #packetAt: number;
  #heardAt: number;
  #rtt: number | undefined;
  #lossOut: number | undefined;
  muted = false;
  deafened = false;

  constructor(parts: MediaParts) {
    this.#parts = parts;
    this.#number = callNumber(parts.id);
    this.#packer = new AudioPacker(this.#number);
    this.#spoken = new Pace(parts.clock, SPOKEN);
    this.#heard = new Pace(parts.clock, HEARD);
    const now = parts.clock.now();
    this.#reportedAt = now;
    this.#packetAt = now;
    this.#heardAt = now;
    this.#timer = parts.clock.every(REPORT_PERIOD_MS, () => this.#tick());
  }

  get number(): number {
    return this.#number;
  }

  get tuning(): SendTuning {
    return this.#adaptation.tuning;
  }

  get quietForMs(): number {
    return this.#parts.clock.now() - this.#heardAt;
  }

  get quality(): MediaQuality {
    const { loss, jitterMs, queueingMs } = this.#meter.reception;
    return { rttMs: this.#rtt ?? null, jitterMs, queueingMs, lossIn: loss, lossOut: this.#lossOut ?? null };
  }

  /** The friend showed in another way to be there. */
  noteHeard(): void {
    this.#heardAt = this.#parts.clock.now();
  }

  stop(): void {
    this.#timer.cancel();
  }

  /** The bytes may be kept. @returns false for a frame that came too early, too late or out of order: it is dropped. */
  send(frame: OutgoingFrame): boolean {
    const now = this.#parts.clock.now();
    if (!this.#spoken.take()) return false;
    this.#spokeAt = now;
    const shown = this.muted ? { clock: frame.clock, silence: true, opus: NO_OPUS } : frame;
    if (shown.silence && !this.#saysSilence(now)) return true;
    if (!shown.silence) this.#silentSince = undefined;
    const due = now - this.#reportedAt >= REPORT_PERIOD_MS;
    const { bitRate, earlier } = this.tuning;
    const padFor = this.#parts.padded() ? bitRate : undefined;
    const packet = this.#packer.pack(shown, { now, report: due ? this.#report(now) : undefined, earlier, padFor });
    if (packet === undefined) return false;
    if (due) this.#reportedAt = now;
    this.#parts.send(packet);
    return true;
  }

  /** A datagram with the number of this call. */
  receive({ kind, body }: CallDatagram): void {
    const now = this.#parts.clock.now();
    this.#packetAt = now;
    this.#heardAt = now;
    const sentAt = this.#unwrap(body.stamp);
    this.#sentAt = sentAt;
    if (body.report !== undefined) this.#heardReport(body.report, now);
    if (kind === 'audio') this.#audio(body, sentAt, now);
    else this.#meter.waited(now - sentAt, now);
    this.#parts.onHeard();
  }

  #audio(packet: AudioPacket, sentAt: number, now: number): void {
    const { sequence, clock, opus } = packet;
    for (const { back, ticks, opus } of [...packet.earlier].reverse()) {
      if (back <= sequence && ticks <= clock) {
        this.#hand({ sequence: sequence - back, clock: clock - ticks, silence: false, opus });
      }
    }
    // One that was carried along before it came itself is heard for the first time all the same.
    this.#meter.heard({ sequence, clock, sentAt }, now);
    this.#hand({ sequence, clock, silence: packet.flags.silence, opus });
  }

  #hand(frame: AudioFrame): void {
    if (this.#seen.accept(frame.sequence) && !this.deafened && this.#heard.take()) this.#parts.onFrame(frame);
  }

  /** With padding all silence is sent: else the pauses show. */
  #saysSilence(now: number): boolean {
    if (this.#parts.padded() || this.#silentSince === undefined || now - this.#silentSince >= SILENCE_PERIOD_MS) {
      this.#silentSince = now;
      return true;
    }
    return false;
  }

  #tick(): void {
    const now = this.#parts.clock.now();
    // While audio flows it brings the reports along, and no packet of another size is seen.
    const speaks = now - this.#spokeAt < REPORT_PERIOD_MS && this.#parts.padded();
    if (!speaks && now - this.#reportedAt >= REPORT_PERIOD_MS) {
      this.#reportedAt = now;
      const body = { number: this.#number, stamp: stampOf(now), report: this.#report(now), padding: 0 };
      this.#parts.send(encodeCallDatagram({ kind: 'report', body }));
    }
    this.#parts.onTick();
  }

  #report(now: number): CallReport | undefined {
    if (this.#sentAt === undefined) return undefined;
    const { highest, loss, run, jitterMs, queueingMs } = this.#meter.reception;
    return {
      highest,
      loss: Math.round(loss * 0xffff),
      run: Math.min(0xff, Math.round(run * RUN_UNIT)),
      jitter: Math.round(jitterMs * 10),
      queueing: Math.round(queueingMs),
      echo: this.#sentAt & 0xffff,
      held: Math.min(0xffff, Math.round(now - this.#packetAt)),
    };
  }

  #heardReport({ loss, run, queueing, echo, held }: CallReport, now: number): void {
    const rtt = (stampOf(now) - echo - held) & 0xffff;
    if (rtt <= MAX_RTT_MS) this.#rtt = this.#rtt === undefined ? rtt : this.#rtt + (rtt - this.#rtt) * RTT_GAIN;
    const report: PathReport = { loss: loss / 0xffff, run: run / RUN_UNIT, queueingMs: queueing };
    this.#lossOut = report.loss;
    if (this.#adaptation.report(report, now)) this.#parts.onTuned();
  }

  /** A stamp of 16 bits goes on from the one before, forwards or a little back. */
  #unwrap(stamp: number): number {
    if (this.#sentAt === undefined) return stamp;
    const ahead = (stamp - this.#sentAt) & 0xffff;
    return this.#sentAt + (ahead < 0x8000 ? ahead : ahead - 0x10000);
  }
}
