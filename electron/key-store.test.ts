import { beforeEach, describe, expect, test } from 'vitest';
import { electronKeyStore } from './key-store.ts';
import { safeStorage } from './testing/electron-double.ts';

const store = (platform: NodeJS.Platform = 'linux') => electronKeyStore(safeStorage as never, platform);

beforeEach(() => {
  safeStorage.backend = 'gnome_libsecret';
  safeStorage.available = true;
});

test('what it encrypts it decrypts, byte for byte', () => {
  const secret = Uint8Array.from({ length: 256 }, (_, index) => index);
  const sealed = store().encrypt(secret);
  expect(Buffer.from(sealed).includes(Buffer.from(secret))).toBe(false);
  expect(store().decrypt(sealed)).toEqual(secret);
});

test.each([
  ['linux', 'gnome_libsecret'],
  ['darwin', 'keychain'],
  ['win32', 'dpapi'],
] as const)('on %s its kind is %s', (platform, kind) => {
  expect(store(platform)).toMatchObject({ available: true, kind });
});

describe('is refused', () => {
  test.each(['basic_text', 'unknown'])('with the backend %s, which protects nothing', (backend) => {
    safeStorage.backend = backend;
    const refused = store();
    expect(refused.available).toBe(false);
    expect(() => refused.encrypt(new Uint8Array(1))).toThrow('protects nothing');
    expect(() => refused.decrypt(new Uint8Array(1))).toThrow('protects nothing');
  });

  test('where the system offers none', () => {
    safeStorage.available = false;
    expect(store('darwin').available).toBe(false);
  });
});

test('one that is unlocked after the start is used then', () => {
  safeStorage.available = false;
  const later = store('darwin');
  expect(later.available).toBe(false);
  safeStorage.available = true;
  expect(later.available).toBe(true);
  expect(later.decrypt(later.encrypt(Uint8Array.of(7)))).toEqual(Uint8Array.of(7));
});

test('foreign bytes are an error', () => {
  expect(() => store().decrypt(Uint8Array.of(1, 2, 3))).toThrow();
});
