import type { Random } from '../ports/random.ts';
import type { PasswordLimits } from './backend.ts';
import { DEFAULT_PASSWORD_LIMITS } from './password.ts';
import { frameFile, openBodyWithPassphrase, sealBodyWithPassphrase, unframeFile } from './sealed-file.ts';

export type OpenedBackup =
  | { readonly ok: true /** Belongs to the caller. */; readonly payload: Uint8Array }
  | { readonly ok: false; readonly code: 'corrupt' | 'unknown-version' | 'wrong-passphrase' };

const MAGIC = 'PLBK';
const VERSION = 1;
/** The only kind of body so far: sealed under a passphrase, described in `sealed-file.ts`. */
const PASSPHRASE_KIND = 1;
const HEADER = { magic: MAGIC, version: VERSION, kind: PASSPHRASE_KIND };

/** An encrypted backup file of any payload. The payload's own format is the caller's. */
export async function sealBackup(
  { passphrase, limits = DEFAULT_PASSWORD_LIMITS }: { readonly passphrase: string; readonly limits?: PasswordLimits },
  payload: Uint8Array,
  random: Random,
): Promise<Uint8Array<ArrayBuffer>> {
  return frameFile(HEADER, await sealBodyWithPassphrase({ ...HEADER, passphrase, limits }, payload, random));
}

/** Total: never throws for any bytes. */
export async function openBackup(passphrase: string, bytes: Uint8Array): Promise<OpenedBackup> {
  const file = unframeFile(MAGIC, bytes);
  if (!file.ok) return { ok: false, code: 'corrupt' };
  if (file.version !== VERSION) return { ok: false, code: 'unknown-version' };
  if (file.kind !== PASSPHRASE_KIND) return { ok: false, code: 'corrupt' };
  const plain = await openBodyWithPassphrase({ ...HEADER, passphrase }, file.body);
  return typeof plain === 'string' ? { ok: false, code: plain } : { ok: true, payload: plain };
}
