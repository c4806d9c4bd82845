import { loudness } from './waveform.ts';

/** Decibels of full scale. Quieter than the first is never a voice; louder than the room by so much is one. */
const MIN_VOICE_DB = -60;
const OVER_ROOM_DB = 9;
/** A room is not louder than this: a voice or a tone that goes on and on is not taken for one. */
const MAX_ROOM_DB = -50;
/** How fast the room may be found louder, for each frame: about 2.5 dB a second. It is found quieter at once. */
const RISE_DB = 0.05;
/** Frames that are still sent after the last one with a voice: 300 ms, so that ends of words are heard. */
const HANG_OVER = 15;
const NOTHING_DB = -120;

/** Tells speech from the room, frame by frame of 20 ms: what is silence need not be sent (discontinuous transmission). */
export class VoiceGate {
  #room = MAX_ROOM_DB;
  #left = 0;

  /** True while somebody speaks. */
  hears(sound: Float32Array): boolean {
    const level = decibels(loudness(sound));
    this.#room = Math.min(level, this.#room + RISE_DB, MAX_ROOM_DB);
    if (level > MIN_VOICE_DB && level > this.#room + OVER_ROOM_DB) this.#left = HANG_OVER + 1;
    if (this.#left > 0) this.#left--;
    return this.#left > 0;
  }
}

/** From 0 (full scale) down; `NOTHING_DB` for digital silence. */
export function decibels(rms: number): number {
  return rms > 0 ? Math.max(NOTHING_DB, 20 * Math.log10(rms)) : NOTHING_DB;
}
