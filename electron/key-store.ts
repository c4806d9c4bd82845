import type { SafeStorage } from 'electron';
import type { KeyStore } from '../core/node/core-factory.ts';

/** `basic_text` encrypts with a password that is in Chromium's source: it would only look like protection. */
const NO_PROTECTION = new Set(['basic_text', 'unknown']);
const KINDS: Partial<Record<NodeJS.Platform, string>> = { darwin: 'keychain', win32: 'dpapi' };

/** The system's key store. Ask only when the app is ready: before, Linux does not know its backend. */
export function electronKeyStore(safeStorage: SafeStorage, platform: NodeJS.Platform): KeyStore {
  const kind = KINDS[platform] ?? safeStorage.getSelectedStorageBackend();
  // Asked each time: a key store that is locked at the start may be unlocked later.
  const isAvailable = (): boolean => !NO_PROTECTION.has(kind) && safeStorage.isEncryptionAvailable();
  const mustBeAvailable = (): void => {
    if (!isAvailable()) throw new Error('the key store of this system protects nothing');
  };
  return {
    get available() {
      return isAvailable();
    },
    kind,
    encrypt: (bytes) => {
      mustBeAvailable();
      return new Uint8Array(safeStorage.encryptString(Buffer.from(bytes).toString('base64')));
    },
    decrypt: (bytes) => {
      mustBeAvailable();
      return new Uint8Array(Buffer.from(safeStorage.decryptString(Buffer.from(bytes)), 'base64'));
    },
  };
}
