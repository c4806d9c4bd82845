import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wavFile } from '../../scripts/lib/wav.mjs';

const RATE = 48_000;
/** What the microphone of the tests hears. */
export const TONE_HERTZ = 800;
/** It comes and goes as syllables do, or the browser's noise suppression would take it for a humming machine. */
export const TONE_ON_MS = 400;
export const TONE_OFF_MS = 200;
const TURNS = 10;
const LOUDNESS = 0.5;

/** A WAV file for `--use-file-for-fake-audio-capture`, which plays it over and over. */
export function writeTestTone(): { readonly path: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'parley-tone-'));
  const path = join(folder, 'tone.wav');
  const seconds = ((TONE_ON_MS + TONE_OFF_MS) * TURNS) / 1_000;
  writeFileSync(path, wavFile({ rate: RATE, seconds, sampleAt }));
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function sampleAt(seconds: number): number {
  const ms = (seconds * 1_000) % (TONE_ON_MS + TONE_OFF_MS);
  const edge = Math.min(1, ms / 10, Math.max(0, TONE_ON_MS - ms) / 10);
  return LOUDNESS * edge * Math.sin(2 * Math.PI * TONE_HERTZ * seconds);
}
