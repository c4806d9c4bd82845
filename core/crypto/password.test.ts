import { describe, expect, it } from 'vitest';
import { toHex } from '../ids/bytes.ts';
import { arePasswordLimits, DEFAULT_PASSWORD_LIMITS, passwordKey } from './password.ts';

const CHEAP = { opsLimit: 1, memLimit: 8_192 };
const salt = Uint8Array.from({ length: 16 }, (_, index) => index);
const MIB = 1024 * 1024;

describe('passwordKey', () => {
  it('keeps its golden bytes', async () => {
    expect(toHex(await passwordKey('correct horse', salt, CHEAP))).toBe(
      '3bfa796a86260b73457e1290b51695931a17e266f601d0fb45563e282fb6865b',
    );
  });

  it('depends on passphrase, salt and limits', async () => {
    const keys = await Promise.all([
      passwordKey('a', salt, CHEAP),
      passwordKey('b', salt, CHEAP),
      passwordKey('', salt, CHEAP),
      passwordKey('a', salt.toReversed(), CHEAP),
      passwordKey('a', salt, { ...CHEAP, opsLimit: 2 }),
      passwordKey('a', salt, { ...CHEAP, memLimit: 16_384 }),
    ]);
    expect(new Set(keys.map(toHex)).size).toBe(keys.length);
  });

  it('does not depend on how accents are composed', async () => {
    const composed = await passwordKey('caf\u00e9', salt, CHEAP);
    expect(await passwordKey('cafe\u0301', salt, CHEAP)).toEqual(composed);
    expect(await passwordKey('cafe', salt, CHEAP)).not.toEqual(composed);
  });

  it('refuses a wrong salt and limits out of range', async () => {
    await expect(passwordKey('a', salt.subarray(1), CHEAP)).rejects.toThrow(RangeError);
    await expect(passwordKey('a', salt, { opsLimit: 0, memLimit: 8_192 })).rejects.toThrow(RangeError);
  });
});

describe('arePasswordLimits', () => {
  it.each([
    [CHEAP, true],
    [DEFAULT_PASSWORD_LIMITS, true],
    [{ opsLimit: 16, memLimit: 1024 * MIB }, true],
    [{ opsLimit: 0, memLimit: MIB }, false],
    [{ opsLimit: 1.5, memLimit: MIB }, false],
    [{ opsLimit: 17, memLimit: MIB }, false],
    [{ opsLimit: 1, memLimit: 4_096 }, false],
    [{ opsLimit: 1, memLimit: MIB + 1 }, false],
    [{ opsLimit: 1, memLimit: 1025 * MIB }, false],
    [{ opsLimit: Number.NaN, memLimit: Number.NaN }, false],
  ])('%j: %s', (limits, fit) => {
    expect(arePasswordLimits(limits)).toBe(fit);
  });
});
