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
};

const CHOICES: { readonly [K in keyof Settings]: readonly Settings[K][] } = {
  theme: ['system', 'light', 'dark'],
  sendReadReceipts: [true, false],
  sendTyping: [true, false],
  enterSends: [true, false],
  notifications: ['off', 'name', 'name-and-text'],
  lanDiscovery: [true, false],
  padCalls: [true, false],
};
const NAMES = Object.keys(CHOICES) as (keyof Settings)[];
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
      if (!isChoice(name, value))
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
      return [name, isChoice(name, value) ? value : DEFAULT_SETTINGS[name]];
    });
    return Object.fromEntries(entries) as unknown as Settings;
  }
}

function isChoice(name: keyof Settings, value: unknown): boolean {
  return (CHOICES[name] as readonly unknown[]).includes(value);
}

function parse(json: string | undefined): unknown {
  if (json === undefined) return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
