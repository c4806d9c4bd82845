import { type CryptoBackend, backend as defaultBackend, type PasswordLimits } from './backend.ts';
import { hash32, type ProfileKeyPair, profileKeyPairFromSeed, wipe } from './crypto.ts';
import { PASSWORD_SALT_BYTES } from './password.ts';

const SALT_DOMAIN = 'invite key salt';
/**
 * 2 passes over 32 MiB, about 60 ms of a desktop core: whoever has a public ID pays it once, and who knows a profile key
 * without its tag would need 2^32 times as much, eight core years, to find it.
 */
export const INVITE_LIMITS: PasswordLimits = { opsLimit: 2, memLimit: 32 * 1024 * 1024 };

/**
 * The Ed25519 pair that everybody who has a person's current public ID can derive: Argon2id of the invite tag, salted with
 * the profile key. Its public half stands in the person's carrier policy. Off the main thread where the backend can.
 */
export async function inviteKeyPair(
  { key, tag }: { readonly key: Uint8Array; readonly tag: Uint8Array },
  backend: CryptoBackend = defaultBackend,
  limits: PasswordLimits = INVITE_LIMITS,
): Promise<ProfileKeyPair> {
  const salt = hash32(SALT_DOMAIN, key).slice(0, PASSWORD_SALT_BYTES);
  const seed = await backend.argon2id(Uint8Array.from(tag), salt, limits);
  const pair = profileKeyPairFromSeed(seed);
  wipe(seed);
  return pair;
}
