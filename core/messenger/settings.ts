import { Emitter } from '../ports/events.ts';
import type { StoreReads, StoreWrites } from '../store/types.ts';
import type { Commits } from './commits.ts';
import { MessengerError } from './errors.ts';
import { nameText } from './text.ts';
import type { Settings } from './views.ts';

export const DEFAULT_SETTINGS: Settings = {
  theme: 'system',
  sendReadReceipts: true,
  sendTyping: true,
  enterSends: true,
  notifications: 'name',
  lanDiscovery: true,
  padCalls: true,
  recentEmoji: [],
};

const MAX_RECENT_EMOJI = 24;
/** UTF-16 units; those of a family of four are 25. */
const MAX_EMOJI_LENGTH = 48;

const IS_ALLOWED: { readonly [K in keyof Settings]: (value: unknown) => boolean } = {
  theme: oneOf('system', 'light', 'dark'),
  sendReadReceipts: oneOf(true, false),
  sendTyping: oneOf(true, false),
  enterSends: oneOf(true, false),
  notifications: oneOf('off', 'name', 'name-and-text'),
  lanDiscovery: oneOf(true, false),
  padCalls: oneOf(true, false),
  recentEmoji: isEmojiList,
};
const NAMES = Object.keys(IS_ALLOWED) as (keyof Settings)[];
const OWN_NAME = 'profile.name';

/** Settings and the own name. What is not set, or was set by another version to something else, has its default. */
export class SettingKeeper {
  readonly changed = new Emitter<Settings>();
  readonly #read: StoreReads;
  readonly #commits: Commits;
  #current: Settings;
  #name: string;

  constructor(read: StoreReads, commits: Commits) {
    this.#read = read;
    this.#commits = commits;
    this.#current = this.#load();
    const name = parse(read.settings.get(OWN_NAME));
    this.#name = typeof name === 'string' ? name : '';
  }

  get(): Settings {
    return this.#current;
  }

  /** What we call ourselves; friends see it as a hint. Empty: nothing. */
  get name(): string {
    return this.#name;
  }

  /** @throws {MessengerError} `invalid-argument`; {DiskFullError} */
  async set(patch: Partial<Settings>): Promise<Settings> {
    const entries = NAMES.flatMap((name) => (patch[name] === undefined ? [] : [[name, patch[name]] as const]));
    for (const [name, value] of entries)
      if (!IS_ALLOWED[name](value))
        throw new MessengerError('invalid-argument', 'This setting cannot have that value.', { path: name });
    const write = (writes: StoreWrites) => {
      for (const [name, value] of entries) writes.settings.set(name, JSON.stringify(value));
    };
    return this.#commits.carryOut(write, () => {
      this.#current = this.#load();
      this.changed.emit(this.#current);
      return this.#current;
    });
  }

  /** @returns the name as it was stored. @throws {MessengerError} `invalid-argument` */
  async setName(text: string): Promise<string> {
    const name = nameText(text, 'name');
    return this.#commits.carryOut(
      (write) => write.settings.set(OWN_NAME, JSON.stringify(name)),
      () => {
        this.#name = name;
        return name;
      },
    );
  }

  #load(): Settings {
    const stored = this.#read.settings.all();
    const entries = NAMES.map((name) => {
      const value = parse(stored.get(name));
      return [name, IS_ALLOWED[name](value) ? value : DEFAULT_SETTINGS[name]];
    });
    return Object.fromEntries(entries) as unknown as Settings;
  }
}

function oneOf(...values: readonly unknown[]): (value: unknown) => boolean {
  return (value) => values.includes(value);
}

function isEmojiList(value: unknown): boolean {
  const isEmoji = (one: unknown) => typeof one === 'string' && one.length <= MAX_EMOJI_LENGTH;
  return Array.isArray(value) && value.length <= MAX_RECENT_EMOJI && value.every(isEmoji);
}

function parse(json: string | undefined): unknown {
  if (json === undefined) return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
