import { beforeEach, expect, test } from 'vitest';
import { systemGivesMicrophone } from './microphone-access.ts';
import { systemPreferences } from './testing/electron-double.ts';

const given = (platform: NodeJS.Platform) => systemGivesMicrophone(systemPreferences as never, platform);

beforeEach(() => {
  systemPreferences.asked = 0;
});

test('macOS asks the person once, and its answer counts', async () => {
  for (const answer of [true, false]) {
    Object.assign(systemPreferences, { microphone: 'not-determined', answer, asked: 0 });
    expect([await given('darwin'), await given('darwin'), systemPreferences.asked]).toEqual([answer, answer, 1]);
  }
});

test.each([
  ['denied', false],
  ['granted', true],
  // Older Windows, and one that cannot tell: the microphone itself will show.
  ['not-determined', true],
  ['unknown', true],
])('Windows says %s: %s', async (status, allowed) => {
  systemPreferences.microphone = status;
  expect(await given('win32')).toBe(allowed);
  expect(systemPreferences.asked).toBe(0);
});

test('Linux has no such leave', async () => {
  systemPreferences.microphone = 'denied';
  expect(await given('linux')).toBe(true);
});
