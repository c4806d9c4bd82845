// Makes the sounds of ringing, by sums of sines: assets/ring.wav (somebody calls) and assets/ring-back.wav (it rings
// there). The page repeats each one without a pause, so the pause is in the file. 8 kHz, 16 bit, mono.
//   node scripts/make-tones.mjs
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMain, ROOT } from './lib/root.mjs';
import { wavFile } from './lib/wav.mjs';

const RATE = 8_000;
const SECONDS = 3.6;

/** A struck bell: partials that die away, the higher ones sooner. */
function bell(hertz, at) {
  const partials = [
    [1, 0.5],
    [2, 0.25],
    [2.76, 0.12],
  ];
  return (time) => {
    const age = time - at;
    if (age < 0) return 0;
    const attack = Math.min(1, age / 0.008);
    return (
      partials.reduce(
        (sum, [ratio, loud]) => sum + loud * Math.exp(-age * 3.2 * ratio) * Math.sin(2 * Math.PI * hertz * ratio * age),
        0,
      ) * attack
    );
  };
}

/** The even tone of telephones in most of Europe (ITU-T E.180): 425 Hz. */
function hum(hertz, from, to) {
  return (time) => {
    if (time < from || time > to) return 0;
    const edge = Math.min(1, (time - from) / 0.03, (to - time) / 0.03);
    return 0.35 * edge * Math.sin(2 * Math.PI * hertz * time);
  };
}

// E5, G5, C6, twice: a rising call that is no alarm.
const RING = [0, 0.9].flatMap((begin) => [bell(659.26, begin), bell(783.99, begin + 0.16), bell(1046.5, begin + 0.32)]);
const RING_BACK = [hum(425, 0.1, 1.1)];

function wav(voices) {
  const sampleAt = (time) => voices.reduce((sum, voice) => sum + voice(time), 0) * 0.6;
  return wavFile({ rate: RATE, seconds: SECONDS, sampleAt });
}

/** Name and content of every sound. */
export const tones = () => ({ 'ring.wav': wav(RING), 'ring-back.wav': wav(RING_BACK) });

if (isMain(import.meta.url)) {
  for (const [name, content] of Object.entries(tones())) writeFileSync(join(ROOT, 'assets', name), content);
}
