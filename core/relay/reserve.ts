import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import { jittered } from './context.ts';

/** How long a copy in reserve stays; then the holders must show once more that they have theirs. */
export const RESERVE_MS = 10 * 60_000;
/**
 * So often they must show it meanwhile: where both holders are gone, ours is made into two again before this node goes as
 * well. More seldom where many destinations are kept here, which a node that comes back has in reserve all at once.
 */
export const LOOK_MS = 60_000;
const LOOK_PER_GROUP_MS = 1_000;

/**
 * Whether a copy that nobody needs stays for a while: what a node comes back with lies on its disk already, and to keep it
 * costs a few questions. Where both holders go for good, the second before a copy was made again, it is all that is left.
 */
export class Reserve {
  readonly #clock: Clock;
  readonly #random: Random;
  #isEntitled = false;
  #isOn = false;
  #until: number | undefined;

  constructor({ clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Ours is such a copy now. */
  get isOn(): boolean {
    return this.#isOn;
  }

  /** It lay on the disk when this node started. */
  entitle(): void {
    this.#isEntitled = true;
  }

  /** Our copy is counted on. @returns true when it was in reserve */
  end(): boolean {
    this.#until = undefined;
    return this.suspend();
  }

  /** Others do not show all that is here: it takes more than a copy in reserve, though no more time. @returns as `end` */
  suspend(): boolean {
    const { isOn } = this;
    this.#isOn = false;
    return isOn;
  }

  /**
   * Others have shown that they have all.
   * @param groups destinations kept here
   * @returns in how many ms they are to show it again, while ours stays; 0: it may go
   */
  begin(groups: number): number {
    if (!this.#isEntitled) return 0;
    const now = this.#clock.now();
    this.#until ??= now + jittered(this.#random, RESERVE_MS);
    const restMs = Math.max(0, this.#until - now);
    this.#isOn = restMs > 0;
    return Math.min(restMs, jittered(this.#random, Math.max(LOOK_MS, groups * LOOK_PER_GROUP_MS)));
  }
}
