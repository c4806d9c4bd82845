import type { Clock, Timer } from '../ports/clock.ts';

/** Own envelopes placed at once: each makes some twenty nodes answer, and this one as many times. */
export const PLACED_AT_ONCE = 16;
/** And of those among them that nobody waits for. */
export const LATER_AT_ONCE = 4;
/** These begin so long after they were asked for, as after a start: friends are looked for meanwhile. */
export const LATER_MS = 1_000;
/** What found no end by then goes on, but leaves its place to others. */
export const TURN_MS = 1_500;

/** `later`: nobody waits for it. */
export type Urgency = 'now' | 'later';

/** A place in the line, and then at work. */
export class Turn {
  readonly urgency: Urgency;
  readonly notBefore: number;
  readonly begin: () => void;
  state: 'waiting' | 'running' | 'over' = 'waiting';
  limit: Timer | undefined;
  readonly #ended: (turn: Turn) => void;

  constructor(options: Pick<Turn, 'urgency' | 'notBefore' | 'begin'> & { readonly ended: (turn: Turn) => void }) {
    this.urgency = options.urgency;
    this.notBefore = options.notBefore;
    this.begin = options.begin;
    this.#ended = options.ended;
  }

  /** It is done, or not wanted any more. Idempotent. */
  end(): void {
    if (this.state === 'over') return;
    const before = this.state;
    this.state = 'over';
    this.limit?.cancel();
    if (before === 'running') this.#ended(this);
  }
}

/**
 * Lets own envelopes be placed a few at a time, those first that somebody waits for: hundreds of unfinished ones, as after
 * a start, would keep this node and all around it from anything else for seconds.
 */
export class Placements {
  readonly #clock: Clock;
  /** Each in the order they were asked for. */
  readonly #waiting: Readonly<Record<Urgency, Set<Turn>>> = { now: new Set(), later: new Set() };
  readonly #running: Record<Urgency, number> = { now: 0, later: 0 };
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `begin` when its turn has come, which may be before this returns. */
  take(urgency: Urgency, begin: () => void): Turn {
    const notBefore = this.#clock.now() + (urgency === 'later' ? LATER_MS : 0);
    const turn = new Turn({ urgency, notBefore, begin, ended: (ended) => this.#ended(ended) });
    this.#waiting[urgency].add(turn);
    this.#next();
    return turn;
  }

  stop(): void {
    this.#timer?.cancel();
    for (const waiting of Object.values(this.#waiting)) waiting.clear();
  }

  #ended({ urgency }: Turn): void {
    this.#running[urgency]--;
    this.#next();
  }

  #next(): void {
    while (this.#running.now + this.#running.later < PLACED_AT_ONCE) {
      const turn = this.#first('now') ?? (this.#running.later < LATER_AT_ONCE ? this.#first('later') : undefined);
      if (turn === undefined) return;
      const waitMs = turn.notBefore - this.#clock.now();
      if (waitMs > 0) return this.#goOnIn(waitMs);
      this.#waiting[turn.urgency].delete(turn);
      turn.state = 'running';
      this.#running[turn.urgency]++;
      turn.limit = this.#clock.after(TURN_MS, () => turn.end());
      turn.begin();
    }
  }

  #goOnIn(ms: number): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.after(ms, () => this.#next());
  }

  #first(urgency: Urgency): Turn | undefined {
    const waiting = this.#waiting[urgency];
    for (const turn of waiting) {
      if (turn.state === 'waiting') return turn;
      waiting.delete(turn);
    }
    return undefined;
  }
}
