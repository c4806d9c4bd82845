import { MAX_DRAFT_BYTES } from '../../core/api/views.ts';
import { isVisible } from '../../core/ids/visible.ts';
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
  /** `failed` as far as is known: where the connection broke, the core may have it. */
  state: 'unsaved' | 'saving' | 'saved' | 'failed';
  /** What the core may have when nobody saved anything elsewhere since: what it said, and what it was given from here. */
  readonly before: Set<string>;
}

/**
 * Keeps what is typed per chat and saves it in the core. All windows of a profile have one draft for each friend: the one
 * that was saved last, unless something newer is being typed. What is too long to be saved is kept here only, as the
 * composer says: the core would refuse it.
 */
export class Drafts {
  readonly #client: ParleyClient;
  readonly #told: (friend: string) => string | undefined;
  readonly #typed = new Map<string, Typed>();
  readonly #changes = createEmitter<void>();
  #profile: string | undefined;
  #locked = false;

  /** `told` gives the draft of a friend of whom the core has told. */
  constructor(client: ParleyClient, told: (friend: string) => string | undefined) {
    this.#client = client;
    this.#told = told;
  }

  /** Calls back when `get` may answer something else. */
  readonly subscribe = (listener: () => void): Unsubscribe => this.#changes.on(listener);

  /** The draft as typed here, else as the core knows it. */
  get(friend: string, saved: string): string {
    return this.#locked ? saved : (this.#typed.get(friend)?.text ?? saved);
  }

  set(friend: string, text: string): void {
    const last = this.#typed.get(friend);
    clearTimeout(last?.timer);
    const timer = setTimeout(() => this.flush(friend), DRAFT_PAUSE_MS);
    const before = last === undefined || last.state === 'saved' ? new Set([last?.text ?? '']) : last.before;
    this.#typed.set(friend, { text, timer, state: 'unsaved', before: before.add(this.#told(friend) ?? '') });
    this.#changes.emit();
  }

  /** The core told of the friend: with what it has from here, or has had since from another window or a script. */
  heard(friend: string): void {
    const typed = this.#typed.get(friend);
    const now = this.#told(friend) ?? '';
    if (typed?.state === 'saved' || (typed?.state === 'failed' && !typed.before.has(now))) this.#forget(friend);
    else typed?.before.add(now);
  }

  /**
   * Before all friends are asked for anew. @returns what is to be called when they are there: the core had by then what was
   * saved before, so that what it says is as new or newer; what it has not got is saved once more.
   */
  asking(): () => void {
    const asked = [...this.#typed].filter(([, { state }]) => state === 'saved' || state === 'failed');
    return () => {
      for (const [friend, typed] of asked) if (this.#typed.get(friend) === typed) this.#compare(friend, typed);
    };
  }

  /** Saves now what waits, e.g. when the chat is left. */
  flush(friend: string): void {
    const typed = this.#typed.get(friend);
    if (typed?.timer !== undefined) void this.#save(friend, typed);
  }

  /** The profile is closed: what the core has is forgotten. The rest is saved when the same profile is open again. */
  lock(): void {
    this.#locked = true;
    for (const [friend, { state }] of this.#typed) {
      if (state === 'saved') this.#typed.delete(friend);
      else this.flush(friend);
    }
    this.#changes.emit();
  }

  /** The profile with this key is open; what was typed in another one is forgotten. */
  open(profile: string): void {
    this.#locked = false;
    if (this.#profile !== profile) this.#typed.clear();
    this.#profile = profile;
  }

  #compare(friend: string, typed: Typed): void {
    const now = this.#told(friend);
    const elsewhere = now !== undefined && !typed.before.has(now);
    if (typed.state === 'saved' || now === typed.text || elsewhere) this.#forget(friend);
    else if (now !== undefined) void this.#save(friend, typed);
  }

  #forget(friend: string): void {
    this.#typed.delete(friend);
    this.#changes.emit();
  }

  async #save(friend: string, typed: Typed): Promise<void> {
    clearTimeout(typed.timer);
    typed.timer = undefined;
    const { text } = typed;
    if (utf8Length(text) > MAX_DRAFT_BYTES) return;
    typed.state = 'saving';
    // Blanks alone are none to the core, but whoever types goes on behind them.
    const blank = text !== '' && !isVisible(text);
    typed.before.add(blank ? '' : text);
    const { ok } = await this.#client.request('messages.setDraft', { friend, text });
    typed.state = ok ? (blank ? 'unsaved' : 'saved') : 'failed';
    if (this.#locked && ok && this.#typed.get(friend) === typed) this.#typed.delete(friend);
  }
}
