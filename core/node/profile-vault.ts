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
import { faultError } from './profile-fault.ts';

export const KEY_FILE = 'profile.key';

export type Protection = 'passphrase' | 'os-key-store' | 'none';

export interface VaultOptions {
  readonly files: Files;
  readonly random: Random;
  readonly keyStore?: KeyStore;
}

/**
 * The key file of a profile: the one place that knows how its secrets are protected at rest.
 * `folder` is where the profile lies inside the data folder; '' is the one in use.
 */
export class ProfileVault {
  readonly #options: VaultOptions;

  constructor(options: VaultOptions) {
    this.#options = options;
  }

  /** How the profile is protected; undefined without one. @throws ApiError with a fault for a damaged key file. */
  async protection(folder = ''): Promise<Protection | undefined> {
    const bytes = await this.#read(folder);
    if (bytes === undefined) return undefined;
    const kind = keyFileProtection(bytes);
    if (kind === undefined) throw await whyNot(bytes);
    return kind === 'key-store' ? 'os-key-store' : kind;
  }

  /** The profile's secrets; the caller wipes them. @throws ApiError `wrong-passphrase`, `no-profile` and others. */
  async open(passphrase?: string, folder = ''): Promise<KeyFileSecrets> {
    const { keyStore } = this.#options;
    const bytes = await this.#read(folder);
    if (bytes === undefined) throw new ApiError('no-profile', 'There is no profile yet.');
    const unwrap = keyStore?.available ? async (blob: Uint8Array) => keyStore.decrypt(blob) : undefined;
    const opened = await openKeyFile(bytes, { passphrase, unwrap });
    if (!opened.ok) throw REFUSALS[opened.code]();
    return opened.secrets;
  }

  /** Writes the key file, atomically. An empty passphrase is none. @returns how it is protected now. */
  async save(secrets: KeyFileSecrets, passphrase?: string, folder = ''): Promise<Protection> {
    const { files, random } = this.#options;
    const protection = this.#choose(passphrase);
    await files.write(keyFile(folder), await sealKeyFile(secrets, protection, random));
    return protection.kind === 'key-store' ? 'os-key-store' : protection.kind;
  }

  async #read(folder: string): Promise<Uint8Array | undefined> {
    try {
      return await this.#options.files.read(keyFile(folder));
    } catch {
      throw faultError('key-file-unreadable');
    }
  }

  #choose(passphrase: string | undefined): KeyProtection {
    if (passphrase !== undefined && passphrase !== '') return { kind: 'passphrase', passphrase };
    const { keyStore } = this.#options;
    if (keyStore?.available) return { kind: 'key-store', wrap: async (key) => keyStore.encrypt(key) };
    return { kind: 'none' };
  }
}

/** What is wrong with a key file that does not even say how it is protected. */
async function whyNot(bytes: Uint8Array): Promise<ApiError> {
  const opened = await openKeyFile(bytes);
  return REFUSALS[opened.ok ? 'corrupt' : opened.code]();
}

function keyFile(folder: string): string {
  return folder === '' ? KEY_FILE : `${folder}/${KEY_FILE}`;
}

export function wipeSecrets(secrets: KeyFileSecrets): void {
  wipe(secrets.profileSeed);
  wipe(secrets.databaseKey);
  wipe(secrets.nodeSeed);
}

const REFUSALS: Readonly<Record<KeyFileFault, () => ApiError>> = {
  corrupt: () => faultError('key-file-damaged'),
  'unknown-version': () => faultError('key-file-newer'),
  'passphrase-needed': () => new ApiError('profile-locked', 'The profile is locked.'),
  'wrong-passphrase': () => new ApiError('wrong-passphrase', 'That is not the passphrase of this profile.'),
  'key-store-needed': () => faultError('key-store-missing'),
  'key-store-refused': () => faultError('key-store-refused'),
};
