import { undoLeftMs } from '../messenger/removals.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { ProfileFolder } from './profile-folder.ts';

export interface ErasureOptions {
  readonly folder: ProfileFolder;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Runs `work` when nothing else changes the folder. */
  readonly inTurn: (work: () => Promise<void>) => Promise<void>;
}

/** Erases profiles that were put aside from the disk, when the time to undo that is over. */
export class ProfileErasures {
  readonly #options: ErasureOptions;
  readonly #timers = new Map<string, Timer>();

  constructor(options: ErasureOptions) {
    this.#options = options;
  }

  /** Takes up what was begun in earlier runs. */
  start(): void {
    for (const { name, since } of this.#options.folder.erasing()) this.#plan(name, since);
  }

  stop(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  /** @returns when it is erased, in milliseconds since 1970 UTC; undefined where there is no such profile put aside */
  async begin(aside: string): Promise<number | undefined> {
    const { folder, clock } = this.#options;
    const begun = await folder.beginErasing(aside);
    if (begun === undefined) return undefined;
    this.#plan(begun.name, begun.since);
    return clock.wall() + undoLeftMs(begun.since, clock.wall());
  }

  /** @returns whether it is put aside as before; false: it was not to be erased, or the time is over */
  async undo(aside: string): Promise<boolean> {
    const { folder, clock } = this.#options;
    const found = folder.erasing().find((one) => one.aside === aside);
    if (found === undefined || undoLeftMs(found.since, clock.wall()) === 0) return false;
    if (!(await folder.undoErasing(found))) return false;
    this.#timers.get(found.name)?.cancel();
    this.#timers.delete(found.name);
    return true;
  }

  #plan(name: string, since: number): void {
    const { clock, inTurn } = this.#options;
    const left = undoLeftMs(since, clock.wall());
    this.#timers.set(
      name,
      clock.after(left, () => void inTurn(() => this.#erase(name, since))),
    );
  }

  async #erase(name: string, since: number): Promise<void> {
    // Taken back meanwhile, or the end of the program came first.
    if (!this.#timers.delete(name)) return;
    const { folder, clock, logger } = this.#options;
    if (undoLeftMs(since, clock.wall()) > 0) return this.#plan(name, since);
    try {
      await folder.erase(name);
    } catch (error) {
      // Held by a virus scanner, for one. The next start tries again.
      logger.warn('earlier-profile-not-erased', {
        error: String((error as { code?: unknown }).code),
      });
    }
  }
}
