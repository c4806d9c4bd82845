import { ApiError } from '../api/errors.ts';
import { wipe } from '../crypto/crypto.ts';
import {
  type KeyFileFault,
  type KeyFileSecrets,
  type KeyProtection,
  keyFileProtection,
  openKeyFile,
  sealKeyFile,
} from '../crypto/key-file.ts';
import type { Files } from '../ports/files.ts';
import type { Random } from '../ports/random.ts';
import type { KeyStore } from './core-factory.ts';

export const KEY_FILE = 'profile.key';

export type Protection = 'passphrase' | 'os-key-store' | 'none';

export interface VaultOptions {
  readonly files: Files;
  readonly random: Random;
  readonly keyStore?: KeyStore;
}

/**
 * The key file of a profile: the one place that knows how its secrets are protected at rest (design.md, section 3).
 * `folder` is where the profile lies inside the data folder; '' is the one in use.
 */
export class ProfileVault {
  readonly #options: VaultOptions;

  constructor(options: VaultOptions) {
    this.#options = options;
  }

  /** How the profile is protected; undefined without one. @throws ApiError `database-corrupt` for a damaged key file. */
  async protection(folder = ''): Promise<Protection | undefined> {
    const bytes = await this.#options.files.read(keyFile(folder));
    if (bytes === undefined) return undefined;
    const kind = keyFileProtection(bytes);
    if (kind === undefined) throw faultError('corrupt');
    return kind === 'key-store' ? 'os-key-store' : kind;
  }

  /** The profile's secrets; the caller wipes them. @throws ApiError `wrong-passphrase`, `no-profile` and others. */
  async open(passphrase?: string, folder = ''): Promise<KeyFileSecrets> {
    const { files, keyStore } = this.#options;
    const bytes = await files.read(keyFile(folder));
    if (bytes === undefined) throw new ApiError('no-profile', 'There is no profile yet.');
    const unwrap = keyStore?.available ? async (blob: Uint8Array) => keyStore.decrypt(blob) : undefined;
    const opened = await openKeyFile(bytes, { passphrase, unwrap });
    if (!opened.ok) throw faultError(opened.code);
    return opened.secrets;
  }

  /** Writes the key file, atomically. An empty passphrase is none. @returns how it is protected now. */
  async save(secrets: KeyFileSecrets, passphrase?: string, folder = ''): Promise<Protection> {
    const { files, random } = this.#options;
    const protection = this.#choose(passphrase);
    await files.write(keyFile(folder), await sealKeyFile(secrets, protection, random));
    return protection.kind === 'key-store' ? 'os-key-store' : protection.kind;
  }

  #choose(passphrase: string | undefined): KeyProtection {
    if (passphrase !== undefined && passphrase !== '') return { kind: 'passphrase', passphrase };
    const { keyStore } = this.#options;
    if (keyStore?.available) return { kind: 'key-store', wrap: async (key) => keyStore.encrypt(key) };
    return { kind: 'none' };
  }
}

function keyFile(folder: string): string {
  return folder === '' ? KEY_FILE : `${folder}/${KEY_FILE}`;
}

export function wipeSecrets(secrets: KeyFileSecrets): void {
  wipe(secrets.profileSeed);
  wipe(secrets.databaseKey);
  wipe(secrets.nodeSeed);
}

const FAULTS: Readonly<Record<KeyFileFault, () => ApiError>> = {
  corrupt: () =>
    new ApiError(
      'database-corrupt',
      'The key file of the profile is damaged. Restore from the recovery words or a backup.',
    ),
  'unknown-version': () => new ApiError('database-corrupt', 'The key file was written by a newer version of Parley.'),
  'passphrase-needed': () => new ApiError('profile-locked', 'The profile is locked.'),
  'wrong-passphrase': () => new ApiError('wrong-passphrase', 'That is not the passphrase of this profile.'),
  'key-store-needed': () =>
    new ApiError(
      'key-store-unavailable',
      'The profile is kept by the key store of the operating system, which is not there.',
    ),
  'key-store-refused': () =>
    new ApiError('key-store-unavailable', 'The key store of the operating system did not give the key back.'),
};

function faultError(code: KeyFileFault): ApiError {
  return FAULTS[code]();
}
