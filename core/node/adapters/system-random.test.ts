import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SystemRandom } from './system-random.ts';

test('gives exactly as many bytes as asked for, in an array of their own', () => {
  const random = new SystemRandom();
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 600 }), (length) => {
      const bytes = random.bytes(length);
      expect(bytes.length).toBe(length);
      expect(bytes.buffer.byteLength).toBe(length);
    }),
  );
});

test('never gives the same 16 bytes twice, over many fillings of the pool', () => {
  const random = new SystemRandom();
  const seen = new Set<string>();
  for (let i = 0; i < 5000; i++) seen.add(random.bytes(16).join());
  expect(seen.size).toBe(5000);
});

test('changing what was given does not change what comes', () => {
  const random = new SystemRandom();
  random.bytes(32).fill(0);
  expect(random.bytes(32).some((byte) => byte !== 0)).toBe(true);
});

test('all byte values come, each about equally often', () => {
  const counts = new Array<number>(256).fill(0);
  for (const byte of new SystemRandom().bytes(256 * 400)) counts[byte]!++;
  expect(Math.min(...counts)).toBeGreaterThan(250);
  expect(Math.max(...counts)).toBeLessThan(550);
});

test('uniform numbers lie in [0, 1) and spread', () => {
  const random = new SystemRandom();
  const numbers = Array.from({ length: 10_000 }, () => random.uniform());
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...numbers)).toBeLessThan(1);
  const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  expect(mean).toBeGreaterThan(0.47);
  expect(mean).toBeLessThan(0.53);
});
