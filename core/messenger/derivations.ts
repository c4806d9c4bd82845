import type { InviteKeys } from '../crypto/invite-key.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import { errorName, type Logger } from '../ports/logger.ts';

/** When there is no memory for one, it is tried again after this. */
const RETRY_MS = 2_000;

export type DeriveInvite = (id: { readonly key: Uint8Array; readonly tag: Uint8Array }) => Promise<InviteKeys>;

interface Job {
  readonly id: Parameters<DeriveInvite>[0];
  readonly done: (keys: InviteKeys) => void;
}

/**
 * Derives what follows from public IDs, one after another: each takes a core for 60 ms, and a thread that the disk needs
 * too, so that with a hundred unanswered requests a start would keep friends and windows waiting for seconds. Whoever is
 * asked for last comes first: a person waits for that one.
 */
export class Derivations {
  readonly #derive: DeriveInvite;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #waiting: Job[] = [];
  #busy = false;
  #running = true;
  #retry: Timer | undefined;

  constructor(derive: DeriveInvite, { clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
    this.#derive = derive;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Never rejects; after `stop` it never resolves either. */
  readonly derive: DeriveInvite = (id) =>
    new Promise((done) => {
      this.#waiting.push({ id, done });
      this.#next();
    });

  /** Begins no more of them, and tells nobody of the one that is under way. */
  stop(): void {
    this.#running = false;
    this.#waiting.length = 0;
    this.#retry?.cancel();
  }

  #next(): void {
    const job = this.#busy || !this.#running ? undefined : this.#waiting.pop();
    if (job === undefined) return;
    this.#busy = true;
    this.#derive(job.id).then(
      (keys) => {
        if (!this.#running) return;
        job.done(keys);
        this.#goOn();
      },
      (error: unknown) => {
        if (!this.#running) return;
        this.#logger.warn('messenger-door-not-derived', { error: errorName(error) });
        this.#waiting.push(job);
        this.#retry = this.#clock.after(RETRY_MS, () => this.#goOn());
      },
    );
  }

  #goOn(): void {
    this.#busy = false;
    this.#next();
  }
}
