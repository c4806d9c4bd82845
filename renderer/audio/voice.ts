import { createStore, type StoreApi } from 'zustand/vanilla';
import type { ParleyClient } from '../api/client.ts';
import { type CallsStore, currentCall, ringingCalls } from '../stores/calls.ts';
import type { SoundChoicesStore } from '../stores/sound-choices.ts';
import type { UiStore } from '../stores/ui.ts';
import { CallSound } from './call-sound.ts';
import type { MicrophoneProblem } from './microphone.ts';
import type { PlayoutStats } from './playout.ts';
import type { SoundGraph } from './sound-graph.ts';
import { type Tone, Tones } from './tones.ts';

/** How the sound of the present call is in this window. */
export interface VoiceState {
  /** `elsewhere`: another window or program has it; `failed`: this browser cannot. */
  readonly sound: 'none' | 'here' | 'elsewhere' | 'failed';
  readonly microphone: 'asking' | 'on' | MicrophoneProblem;
  /** The key to talk is held. */
  readonly talking: boolean;
  /** What was played so far; null before the first half second. */
  readonly stats: PlayoutStats | null;
}

export type VoiceStore = StoreApi<VoiceState>;

export interface VoiceParts {
  readonly client: ParleyClient;
  readonly calls: CallsStore;
  readonly choices: SoundChoicesStore;
  readonly ui: UiStore;
}

const NONE: VoiceState = { sound: 'none', microphone: 'asking', talking: false, stats: null };

/** Gives each call of this window its sound, and takes the devices back with its end; rings. */
export class Voice {
  readonly store: VoiceStore = createStore<VoiceState>(() => NONE);
  readonly #parts: VoiceParts;
  readonly #tones = new Tones();
  #sound: CallSound | undefined;

  constructor(parts: VoiceParts) {
    this.#parts = parts;
    const { calls, choices, ui } = parts;
    calls.subscribe(() => this.#follow());
    ui.subscribe((now, before) => now.coreLost !== before.coreLost && this.#follow());
    choices.subscribe(({ input, output }) => {
      void this.#sound?.graph.use({ input, output });
      this.#follow();
    });
    this.#follow();
  }

  /** The devices' meters while this window has a call's sound. */
  get meters(): Pick<SoundGraph, 'microphoneMeter' | 'speakerMeter'> | undefined {
    return this.#sound?.graph;
  }

  /** The key to talk went down or up. */
  talk(talking: boolean): void {
    if (this.store.getState().talking === talking) return;
    this.store.setState({ talking });
    this.#follow();
  }

  /** Asks for the microphone once more. */
  retryMicrophone(): void {
    this.store.setState({ microphone: 'asking' });
    void this.#sound?.graph.openMicrophone();
  }

  #follow(): void {
    const { calls, choices, client } = this.#parts;
    const current = currentCall(calls.getState());
    const here = current !== undefined && calls.getState().own.has(current.call);
    if (this.#sound !== undefined && (!here || this.#sound.call !== current.call)) this.#end();
    if (current !== undefined && here && this.#sound === undefined && client.hasAudio) {
      this.#begin(current.call);
    }
    if (current === undefined) this.#tell(NONE);
    else if (!here) this.#tell({ ...NONE, sound: 'elsewhere' });
    else if (this.#sound === undefined) this.#tell(NONE);
    const { pushToTalk, output } = choices.getState();
    if (current !== undefined) this.#sound?.follow(current, pushToTalk && !this.store.getState().talking);
    this.#tones.play(this.#tone(here), output);
  }

  #tone(here: boolean): Tone | null {
    const { calls, ui } = this.#parts;
    // Nobody knows whether it still rings.
    if (ui.getState().coreLost) return null;
    const current = currentCall(calls.getState());
    if (current !== undefined) return here && current.state === 'ringing-there' ? 'ring-back' : null;
    return ringingCalls(calls.getState()).length > 0 ? 'ring' : null;
  }

  #begin(call: string): void {
    const { calls, choices, client } = this.#parts;
    const { input, output } = choices.getState();
    this.#tell({ ...NONE, sound: 'here' });
    this.#sound = new CallSound({
      call,
      openAudio: () => client.openAudio(),
      devices: { input, output },
      onMicrophone: (problem) => this.#tell({ microphone: problem ?? 'on' }),
      onStats: (stats) => this.#tell({ stats }),
      onReplaced: () => calls.getState().lose(call),
      onFailed: () => this.#tell({ sound: 'failed' }),
    });
  }

  #end(): void {
    this.#sound?.close();
    this.#sound = undefined;
    this.store.setState(NONE);
  }

  /** Nothing is told twice: each change draws the call anew. */
  #tell(change: Partial<VoiceState>): void {
    const before = this.store.getState();
    const changed = Object.entries(change).some(([name, value]) => before[name as keyof VoiceState] !== value);
    if (changed) this.store.setState(change);
  }
}
