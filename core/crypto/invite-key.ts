import { type CryptoBackend, backend as defaultBackend, type PasswordLimits } from './backend.ts';
import { hash32, type ProfileKeyPair, profileKeyPairFromSeed, wipe } from './crypto.ts';
import { PASSWORD_SALT_BYTES } from './password.ts';

const SALT_DOMAIN = 'invite key salt';
const SIGNING = 'invite key';
const DOOR = 'door position';
/**
 * 2 passes over 32 MiB, about 60 ms of a desktop core: whoever has a public ID pays it once, and who knows a profile key
 * without its tag would need 2^32 times as much, eight core years, to find it.
 */
const INVITE_LIMITS: PasswordLimits = { opsLimit: 2, memLimit: 32 * 1024 * 1024 };

/** What follows from a public ID. */
export interface InviteKeys {
  /** Signs what its holders leave for the person; the public half stands in the person's carrier policy. */
  readonly pair: ProfileKeyPair;
  /** BLINDING_SECRET_BYTES bytes: blinds the profile key to the position where the person takes requests. */
  readonly door: Uint8Array;
}

/**
 * What everybody who has a person's current public ID can derive: Argon2id of the invite tag, salted with the profile key.
 * Off the main thread where the backend can.
 */
export async function inviteKeys(
  { key, tag }: { readonly key: Uint8Array; readonly tag: Uint8Array },
  backend: CryptoBackend = defaultBackend,
  limits: PasswordLimits = INVITE_LIMITS,
): Promise<InviteKeys> {
  const salt = hash32(SALT_DOMAIN, key).slice(0, PASSWORD_SALT_BYTES);
  const seed = await backend.argon2id(Uint8Array.from(tag), salt, limits);
  const keys = inviteKeysFromSeed(seed);
  wipe(seed);
  return keys;
}

/** @param seed 32 bytes */
export function inviteKeysFromSeed(seed: Uint8Array): InviteKeys {
  return { pair: profileKeyPairFromSeed(hash32(SIGNING, seed)), door: hash32(DOOR, seed) };
}
