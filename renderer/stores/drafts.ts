import { MAX_DRAFT_BYTES } from '../../core/api/views.ts';
import type { ParleyClient } from '../api/client.ts';
import { createEmitter, type Unsubscribe } from '../lib/emitter.ts';
import { utf8Length } from '../lib/utf8.ts';

/** A draft is saved this long after the last key. */
export const DRAFT_PAUSE_MS = 400;

/** What was typed here. Until the core has it, it is newer than what the core says. */
interface Typed {
  readonly text: string;
  /** Until it is to be saved. */
  timer?: ReturnType<typeof setTimeout> | undefined;
  saved: boolean;
}

/**
 * Keeps what is typed per chat and saves it in the core. All windows of a profile have one draft for each friend: the one
 * that was saved last, unless something newer is being typed. What is too long to be saved is kept here only, as the
 * composer says: the core would refuse it.
 */
export class Drafts {
  readonly #client: ParleyClient;
  readonly #typed = new Map<string, Typed>();
  readonly #changes = createEmitter<void>();

  constructor(client: ParleyClient) {
    this.#client = client;
  }

  /** Calls back when `get` may answer something else. */
  readonly subscribe = (listener: () => void): Unsubscribe => this.#changes.on(listener);

  /** The draft as typed here, else as the core knows it. */
  get(friend: string, saved: string): string {
    return this.#typed.get(friend)?.text ?? saved;
  }

  set(friend: string, text: string): void {
    clearTimeout(this.#typed.get(friend)?.timer);
    const timer = setTimeout(() => this.flush(friend), DRAFT_PAUSE_MS);
    this.#typed.set(friend, { text, timer, saved: false });
    this.#changes.emit();
  }

  /** The core tells of the friend: with what it has from here, or has had since from another window or a script. */
  heard(friend: string): void {
    if (!this.#typed.get(friend)?.saved) return;
    this.#typed.delete(friend);
    this.#changes.emit();
  }

  /**
   * Before all friends are asked for anew. @returns what is to be called when they are there: the core had by then what was
   * saved before, so that what it says is as new or newer.
   */
  asking(): () => void {
    const asked = [...this.#typed].filter(([, { saved }]) => saved);
    return () => {
      for (const [friend, typed] of asked) if (this.#typed.get(friend) === typed) this.heard(friend);
    };
  }

  /** Saves now what waits, e.g. when the chat is left. */
  flush(friend: string): void {
    const typed = this.#typed.get(friend);
    if (typed?.timer !== undefined) void this.#save(friend, typed);
  }

  /** Forgets everything, e.g. when the profile is locked; what waits is saved first. */
  clear(): void {
    for (const friend of this.#typed.keys()) this.flush(friend);
    this.#typed.clear();
    this.#changes.emit();
  }

  async #save(friend: string, typed: Typed): Promise<void> {
    clearTimeout(typed.timer);
    typed.timer = undefined;
    const { text } = typed;
    if (utf8Length(text) > MAX_DRAFT_BYTES) return;
    const { ok } = await this.#client.request('messages.setDraft', { friend, text });
    // Blanks alone are none to the core, but whoever types goes on behind them.
    typed.saved = ok && (text === '' || text.trim() !== '');
  }
}
