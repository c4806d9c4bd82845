/** The sounds of a call that is not yet one; made by `scripts/make-tones.mjs`. */
const FILES = { ring: './ring.wav', 'ring-back': './ring-back.wav' } as const;

export type Tone = keyof typeof FILES;

/** Plays one tone at a time, over and over. */
export class Tones {
  #playing: { readonly tone: Tone; readonly audio: HTMLAudioElement } | undefined;

  /** Null: be quiet. `output`: a chosen loudspeaker, or empty. */
  play(tone: Tone | null, output = ''): void {
    if (this.#playing?.tone === (tone ?? undefined)) return;
    this.#playing?.audio.pause();
    this.#playing = undefined;
    if (tone === null) return;
    const audio = new Audio(FILES[tone]);
    audio.loop = true;
    this.#playing = { tone, audio };
    void this.#start(audio, output);
  }

  async #start(audio: HTMLAudioElement, output: string): Promise<void> {
    try {
      if (output !== '') await audio.setSinkId(output);
    } catch {
      // That loudspeaker is gone: the system's own rings.
    }
    if (this.#playing?.audio !== audio) return;
    try {
      await audio.play();
    } catch {
      // A browser lets a page be heard only after a person has touched it. The call is seen, and told by the system.
    }
  }
}
