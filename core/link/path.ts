import type { ControlDatagram } from '../codec/link.ts';
import { equalBytes } from '../ids/bytes.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import { type Endpoint, sameEndpoint } from '../ports/network.ts';
import type { Random } from '../ports/random.ts';

/** An idle link is probed this often, which also keeps address translators open (RFC 4787: 2 min; in practice 30 s). */
export const IDLE_PROBE_MS = 17_000;
const IDLE_JITTER = 0.12;
/** We sent and heard nothing for this long: something may be wrong. */
const SUSPECT_MS = 2_000;
/** Pauses after each unanswered probe: growing speed, since each makes it likelier that the path is gone. */
const PROBE_GAPS_MS = [1_500, 1_200, 1_000];
const LAST_GAP_MS = 800;
/** After this many unanswered probes the peer is asked for by the overlay too. */
const ASK_AFTER_PROBES = 2;
/** Down when nothing was heard for this long and at least MIN_PROBES probes went unanswered. */
export const SILENCE_MS = 20_000;
const MIN_PROBES = 3;
/** A new path has this long to answer its challenge. */
const PATH_CHECK_MS = 3_000;
const CHALLENGE_REPEATS_MS = [150, 500, 1_200];
/** Least time the old path gets to show that it still works. */
const OLD_PATH_GRACE_MS = 30;
/** An address whose packets came while the old path worked is not looked at again for this long. */
const REFUSED_MS = 10_000;
/** Of the present address. What goes to others measures no way that is in use, and would displace these. */
const OUTSTANDING_PINGS = 8;

/** A pong says more than the path knows. */
export type PathMessage =
  | Exclude<ControlDatagram, { kind: 'pong' }>
  | { readonly kind: 'pong'; readonly body: { readonly number: number } };

export interface PathHost {
  sendControl(message: PathMessage, to: Endpoint): void;
  /** Where else the peer might be. */
  candidates(): readonly Endpoint[];
  /** The peer is at another address from now on. */
  moved(to: Endpoint): void;
  /** Nothing helps so far: ask the overlay for the peer's endpoints. */
  askOverlay(): void;
  /** The peer does not answer. */
  silent(): void;
}

export interface PathOptions {
  readonly remote: Endpoint;
  readonly clock: Clock;
  readonly random: Random;
  readonly host: PathHost;
}

/** A new address under test. */
interface PathCheck {
  readonly endpoint: Endpoint;
  readonly newNonce: Uint8Array;
  readonly oldNonce: Uint8Array;
  readonly timers: Timer[];
  proved: boolean;
}

/**
 * Knows whether and where the peer of one link can be reached: keep-alive, silence detection, round-trip time, and
 * moving to a new address (roaming) after a check of that path in the way of RFC 9000, sections 8.2 and 9.3.
 */
export class Path {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #host: PathHost;
  #remote: Endpoint;
  #rttMs: number | undefined;
  #lastHeard: number;
  /** First thing sent since we last heard the peer. */
  #sentSince: number | undefined;
  #unanswered = 0;
  #nextPing = 1;
  /** When each was sent. Oldest first. */
  readonly #pings = new Map<number, number>();
  #timer: Timer | undefined;
  #due = 0;
  #check: PathCheck | undefined;
  #refused: { readonly endpoint: Endpoint; readonly until: number } | undefined;
  #stopped = false;

  constructor({ remote, clock, random, host }: PathOptions) {
    this.#remote = remote;
    this.#clock = clock;
    this.#random = random;
    this.#host = host;
    this.#lastHeard = clock.now();
    this.#arm(this.#idleDelay());
  }

  get remote(): Endpoint {
    return this.#remote;
  }

  /** Smoothed round-trip time of our probes of the present address in ms (RFC 6298, section 2), undefined until measured. */
  get rttMs(): number | undefined {
    return this.#rttMs;
  }

  /** Something authenticated arrived from the peer. */
  heard(): void {
    this.#lastHeard = this.#clock.now();
    this.#sentSince = undefined;
    this.#unanswered = 0;
  }

  /** A datagram newer than all before came from `from`: tells when the peer has moved. */
  heardNewest(from: Endpoint): void {
    if (sameEndpoint(from, this.#remote)) return;
    if (this.#check !== undefined && sameEndpoint(from, this.#check.endpoint)) return;
    const refused = this.#refused;
    if (refused !== undefined && sameEndpoint(refused.endpoint, from) && this.#clock.now() < refused.until) return;
    this.#beginCheck(from);
  }

  /** We sent something the peer should react to. */
  sent(): void {
    if (this.#sentSince !== undefined) return;
    const now = this.#clock.now();
    this.#sentSince = now;
    if (this.#due > now + SUSPECT_MS) this.#arm(SUSPECT_MS);
  }

  /** Probes the peer now, at its present address and at all others it may have. */
  probeAll(): void {
    this.#ping(this.#remote);
    for (const endpoint of this.#host.candidates()) {
      if (!sameEndpoint(endpoint, this.#remote)) this.#ping(endpoint);
    }
    this.sent();
  }

  /** The computer slept, `uncountedMs` past the monotonic clock: the peer has not heard us either. */
  slept(uncountedMs: number): void {
    this.#lastHeard -= uncountedMs;
    // As long as that the peer has given us up, and nobody will answer a probe.
    if (this.#clock.now() - this.#lastHeard >= SILENCE_MS) this.#host.silent();
    else this.probeAll();
  }

  /** Probes the present address only. */
  probe(): void {
    this.#ping(this.#remote);
    this.sent();
  }

  /** An authenticated control datagram that came from `from`; others than those of the path are left alone. */
  receive(message: PathMessage, from: Endpoint): void {
    switch (message.kind) {
      case 'ping':
        this.#host.sendControl({ kind: 'pong', body: message.body }, from);
        break;
      case 'pong':
        this.#measure(message.body.number);
        break;
      case 'challenge':
        this.#host.sendControl({ kind: 'response', body: message.body }, from);
        break;
      case 'response':
        this.#responded(message.body.nonce, from);
        break;
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#endCheck();
  }

  #idleDelay(): number {
    return IDLE_PROBE_MS * (1 - IDLE_JITTER * this.#random.uniform());
  }

  #arm(delayMs: number): void {
    if (this.#stopped) return;
    this.#timer?.cancel();
    // Sums of fractions may fall short of a limit by the last bit: without a least delay that could go on for ever.
    const delay = Math.max(1, delayMs);
    this.#due = this.#clock.now() + delay;
    this.#timer = this.#clock.after(delay, () => this.#look());
  }

  /** The one timer: probes when it is time to, else sleeps on. */
  #look(): void {
    const now = this.#clock.now();
    if (this.#unanswered > 0) {
      if (now - this.#lastHeard >= SILENCE_MS && this.#unanswered >= MIN_PROBES) this.#host.silent();
      else this.#probeAgain();
      return;
    }
    const quietFor = now - this.#lastHeard;
    const suspicious = this.#sentSince !== undefined && now - this.#sentSince >= SUSPECT_MS;
    // Half a period: the peer's own probe came in between, and one of the two is enough.
    if (suspicious || quietFor >= IDLE_PROBE_MS / 2) this.#probeAgain();
    else if (this.#sentSince !== undefined) this.#arm(this.#sentSince + SUSPECT_MS - now);
    else this.#arm(this.#lastHeard + this.#idleDelay() - now);
  }

  #probeAgain(): void {
    if (this.#unanswered === 0) this.#ping(this.#remote);
    else this.probeAll();
    if (this.#unanswered === ASK_AFTER_PROBES) this.#host.askOverlay();
    this.#arm(PROBE_GAPS_MS[this.#unanswered] ?? LAST_GAP_MS);
    this.#unanswered++;
  }

  #ping(to: Endpoint): void {
    const number = this.#nextPing++ % 2 ** 32;
    if (sameEndpoint(to, this.#remote)) this.#pings.set(number, this.#clock.now());
    if (this.#pings.size > OUTSTANDING_PINGS) this.#pings.delete(this.#pings.keys().next().value!);
    this.#host.sendControl({ kind: 'ping', body: { number } }, to);
  }

  #measure(number: number): void {
    const sentAt = this.#pings.get(number);
    if (sentAt === undefined) return;
    this.#pings.delete(number);
    const sample = this.#clock.now() - sentAt;
    this.#rttMs = this.#rttMs === undefined ? sample : this.#rttMs + (sample - this.#rttMs) / 8;
  }

  #beginCheck(endpoint: Endpoint): void {
    this.#endCheck();
    const check: PathCheck = {
      endpoint,
      newNonce: this.#random.bytes(8),
      oldNonce: this.#random.bytes(8),
      timers: [],
      proved: false,
    };
    this.#check = check;
    const challenge = () => {
      if (!check.proved) this.#host.sendControl({ kind: 'challenge', body: { nonce: check.newNonce } }, endpoint);
      this.#host.sendControl({ kind: 'challenge', body: { nonce: check.oldNonce } }, this.#remote);
    };
    challenge();
    for (const delay of CHALLENGE_REPEATS_MS) check.timers.push(this.#clock.after(delay, challenge));
    check.timers.push(this.#clock.after(PATH_CHECK_MS, () => this.#endCheck()));
  }

  /**
   * The new path has to answer, and the old one must not: else somebody who copies the peer's packets and is faster
   * than the path could draw the link to himself.
   */
  #responded(nonce: Uint8Array, from: Endpoint): void {
    const check = this.#check;
    if (check === undefined) return;
    if (equalBytes(nonce, check.oldNonce)) {
      this.#refused = { endpoint: check.endpoint, until: this.#clock.now() + REFUSED_MS };
      this.#endCheck();
    } else if (equalBytes(nonce, check.newNonce) && sameEndpoint(from, check.endpoint) && !check.proved) {
      check.proved = true;
      const grace = Math.max(OLD_PATH_GRACE_MS, 1.5 * (this.#rttMs ?? 0));
      check.timers.push(this.#clock.after(grace, () => this.#move(check.endpoint)));
    }
  }

  #move(to: Endpoint): void {
    this.#endCheck();
    this.#remote = to;
    this.#host.moved(to);
  }

  #endCheck(): void {
    for (const timer of this.#check?.timers ?? []) timer.cancel();
    this.#check = undefined;
  }
}
