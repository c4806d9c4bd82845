import { backend, type PasswordLimits } from './backend.ts';

export const PASSWORD_SALT_BYTES = 16;

/**
 * What a new key file or backup costs: 3 passes over 128 MiB, above the second recommendation of RFC 9106 (64 MiB) and
 * about a quarter of a second on a desktop core.
 */
export const DEFAULT_PASSWORD_LIMITS: PasswordLimits = { opsLimit: 3, memLimit: 128 * 1024 * 1024 };

const encoder = new TextEncoder();

/** Limits libsodium takes and a file may ask for without exhausting the computer: 1 to 16 passes, 8 KiB to 1 GiB. */
export function arePasswordLimits({ opsLimit, memLimit }: PasswordLimits): boolean {
  const opsFit = Number.isInteger(opsLimit) && opsLimit >= 1 && opsLimit <= 16;
  return opsFit && memLimit % 1024 === 0 && memLimit >= 8_192 && memLimit <= 1024 * 1024 * 1024;
}

/**
 * Argon2id (RFC 9106, version 1.3, one lane) -> 32-byte key, computed off the main thread where the backend can.
 * The passphrase is normalised to NFKC first, so that it does not depend on how a keyboard composes accents.
 * @throws {RangeError} for a salt that has not 16 bytes or limits outside `arePasswordLimits`.
 */
export async function passwordKey(passphrase: string, salt: Uint8Array, limits: PasswordLimits): Promise<Uint8Array> {
  if (salt.length !== PASSWORD_SALT_BYTES) throw new RangeError(`salt must have ${PASSWORD_SALT_BYTES} bytes`);
  if (!arePasswordLimits(limits)) throw new RangeError('password limits are out of range');
  const password = encoder.encode(passphrase.normalize('NFKC'));
  const key = await backend.argon2id(password, salt, limits);
  password.fill(0);
  return key;
}
