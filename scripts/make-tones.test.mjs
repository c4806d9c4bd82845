import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './lib/root.mjs';
import { tones } from './make-tones.mjs';

test.each(Object.entries(tones()))('%s is what the script makes, small, and never too loud', (name, content) => {
  expect(readFileSync(join(ROOT, 'assets', name)).equals(content)).toBe(true);
  expect(content.length).toBeLessThan(60_000);
  const samples = new Int16Array(content.buffer.slice(content.byteOffset + 44, content.byteOffset + content.length));
  const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  expect(loudest).toBeGreaterThan(3_000);
  expect(loudest).toBeLessThan(32_767);
  // It begins and ends with as good as nothing, so that repeating it makes no click.
  expect(samples[0]).toBe(0);
  expect(Math.abs(samples.at(-1))).toBeLessThan(33);
});
