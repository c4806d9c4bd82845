import { MAX_DRAFT_BYTES } from '../../core/api/views.ts';
import type { ParleyClient } from '../api/client.ts';
import { utf8Length } from '../lib/utf8.ts';

/** A draft is saved this long after the last key. */
export const DRAFT_PAUSE_MS = 400;

/**
 * Keeps what is typed per chat and saves it in the core. Newer than what the core says until it is saved. What is too
 * long for that is kept here only, as the composer says: the core would refuse it.
 */
export class Drafts {
  readonly #client: ParleyClient;
  readonly #texts = new Map<string, string>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(client: ParleyClient) {
    this.#client = client;
  }

  /** The draft as typed here, else as the core knows it. */
  get(friend: string, saved: string): string {
    return this.#texts.get(friend) ?? saved;
  }

  set(friend: string, text: string): void {
    this.#texts.set(friend, text);
    clearTimeout(this.#timers.get(friend));
    this.#timers.set(
      friend,
      setTimeout(() => this.flush(friend), DRAFT_PAUSE_MS),
    );
  }

  /**
   * What the core has saved now. Another window of this profile empties it with each message that is sent there: what
   * stands in this one is saved anew.
   */
  heard(friend: string, saved: string): void {
    const text = this.get(friend, '');
    if (saved === '' && text.trim() !== '' && !this.#timers.has(friend)) this.set(friend, text);
  }

  /** Saves now what waits, e.g. when the chat is left. */
  flush(friend: string): void {
    const timer = this.#timers.get(friend);
    if (timer === undefined) return;
    clearTimeout(timer);
    this.#timers.delete(friend);
    const text = this.#texts.get(friend) ?? '';
    if (utf8Length(text) <= MAX_DRAFT_BYTES) void this.#client.request('messages.setDraft', { friend, text });
  }

  /** Forgets everything, e.g. when the profile is locked; what waits is saved first. */
  clear(): void {
    for (const friend of [...this.#timers.keys()]) this.flush(friend);
    this.#texts.clear();
  }
}
