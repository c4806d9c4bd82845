import { createStore, type StoreApi } from 'zustand/vanilla';

/** What belongs to this computer, not to the profile: its devices, and the key that opens the microphone. */
export interface SoundChoices {
  /** Device IDs of the browser; empty: what the system chooses. */
  readonly input: string;
  readonly output: string;
  readonly pushToTalk: boolean;
  /** `KeyboardEvent.code` of the key to hold while talking. */
  readonly talkKey: string;
}

export interface SoundChoicesState extends SoundChoices {
  choose(change: Partial<SoundChoices>): void;
}

export type SoundChoicesStore = StoreApi<SoundChoicesState>;

/** The part of `localStorage` that is used, so that tests can bring their own. */
export interface Keeper {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

const KEY = 'parley.sound';
const DEFAULTS: SoundChoices = { input: '', output: '', pushToTalk: false, talkKey: 'F9' };

export function createSoundChoicesStore(keeper: Keeper | undefined): SoundChoicesStore {
  return createStore<SoundChoicesState>((set, get) => ({
    ...read(keeper),
    choose: (change) => {
      set(change);
      const { input, output, pushToTalk, talkKey } = get();
      keeper?.setItem(KEY, JSON.stringify({ input, output, pushToTalk, talkKey }));
    },
  }));
}

/** What was kept, as far as it is what we would keep. */
function read(keeper: Keeper | undefined): SoundChoices {
  const kept = parse(keeper?.getItem(KEY) ?? '');
  const text = (value: unknown, fallback: string): string =>
    typeof value === 'string' && value.length <= 200 ? value : fallback;
  return {
    input: text(kept.input, DEFAULTS.input),
    output: text(kept.output, DEFAULTS.output),
    pushToTalk: kept.pushToTalk === true,
    talkKey: text(kept.talkKey, DEFAULTS.talkKey),
  };
}

function parse(text: string): Partial<Record<keyof SoundChoices, unknown>> {
  try {
    return (JSON.parse(text) as object | null) ?? {};
  } catch {
    return {};
  }
}
