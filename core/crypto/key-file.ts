import { concat } from '../ids/bytes.ts';
import type { Random } from '../ports/random.ts';
import type { PasswordLimits } from './backend.ts';
import { KEY_BYTES, SEED_BYTES, wipe } from './crypto.ts';
import { DEFAULT_PASSWORD_LIMITS } from './password.ts';
import {
  frameFile,
  openBody,
  openBodyWithPassphrase,
  sealBody,
  sealBodyWithPassphrase,
  unframeFile,
} from './sealed-file.ts';

/** All that opens a profile; each belongs to the caller, who wipes it. */
export interface KeyFileSecrets {
  /** 32 bytes: the Ed25519 seed the recovery words stand for. */
  readonly profileSeed: Uint8Array;
  /** 32 bytes: key of the encrypted database. */
  readonly databaseKey: Uint8Array;
  /** 32 bytes: X25519 secret of the node. */
  readonly nodeSeed: Uint8Array;
}

/** Wraps a 32-byte key in an opaque blob of 1 to 65,535 bytes that only this user on this computer can unwrap. */
export type WrapKey = (key: Uint8Array) => Promise<Uint8Array>;
/** The key, or undefined when the store refuses or the blob is not its own. May throw: that counts as refused. */
export type UnwrapKey = (blob: Uint8Array) => Promise<Uint8Array | undefined>;

export type KeyProtection =
  | { readonly kind: 'passphrase'; readonly passphrase: string; readonly limits?: PasswordLimits }
  | { readonly kind: 'key-store'; readonly wrap: WrapKey }
  /** In the clear: nothing but the permissions of the file guards the keys. */
  | { readonly kind: 'none' };

export interface Unlocker {
  readonly passphrase?: string | undefined;
  readonly unwrap?: UnwrapKey | undefined;
}

export type KeyFileFault =
  | 'corrupt'
  | 'unknown-version'
  | 'passphrase-needed'
  | 'wrong-passphrase'
  | 'key-store-needed'
  | 'key-store-refused';

export type OpenedKeyFile =
  | { readonly ok: true; readonly secrets: KeyFileSecrets }
  | { readonly ok: false; readonly code: KeyFileFault };

const MAGIC = 'PLKF';
const VERSION = 1;
/** Numbers on disk; the body of each is described in `sealed-file.ts` and `sealWithKeyStore`. */
const KINDS = { none: 0, passphrase: 1, 'key-store': 2 } as const;
const SECRETS_BYTES = SEED_BYTES + KEY_BYTES + SEED_BYTES;
const BLOB_LENGTH_BYTES = 2;

const header = (kind: KeyProtection['kind']) => ({ magic: MAGIC, version: VERSION, kind: KINDS[kind] });

/** The secrets in 96 bytes: profile seed, database key, node seed. */
function packSecrets({ profileSeed, databaseKey, nodeSeed }: KeyFileSecrets): Uint8Array {
  for (const secret of [profileSeed, databaseKey, nodeSeed]) {
    if (secret.length !== KEY_BYTES) throw new RangeError(`a secret must have ${KEY_BYTES} bytes`);
  }
  return concat(profileSeed, databaseKey, nodeSeed);
}

function unpackSecrets(plain: Uint8Array): OpenedKeyFile {
  if (plain.length !== SECRETS_BYTES) return { ok: false, code: 'corrupt' };
  const part = (index: number) => plain.slice(index * KEY_BYTES, (index + 1) * KEY_BYTES);
  return { ok: true, secrets: { profileSeed: part(0), databaseKey: part(1), nodeSeed: part(2) } };
}

/** The bytes of a key file. @throws what `wrap` throws. */
export async function sealKeyFile(
  secrets: KeyFileSecrets,
  protection: KeyProtection,
  random: Random,
): Promise<Uint8Array<ArrayBuffer>> {
  const plain = packSecrets(secrets);
  const body = await sealSecrets(plain, protection, random);
  const file = frameFile(header(protection.kind), body);
  wipe(plain);
  return file;
}

function sealSecrets(plain: Uint8Array, protection: KeyProtection, random: Random): Promise<Uint8Array> | Uint8Array {
  switch (protection.kind) {
    case 'none':
      return plain;
    case 'passphrase': {
      const { passphrase, limits = DEFAULT_PASSWORD_LIMITS } = protection;
      return sealBodyWithPassphrase({ ...header('passphrase'), passphrase, limits }, plain, random);
    }
    case 'key-store':
      return sealWithKeyStore(plain, protection.wrap, random);
  }
}

/** Body: length of the blob (2, big-endian), the blob with a fresh key in it, nonce and secretbox under that key. */
async function sealWithKeyStore(plain: Uint8Array, wrap: WrapKey, random: Random): Promise<Uint8Array> {
  const key = random.bytes(KEY_BYTES);
  const blob = await wrap(key.slice());
  if (blob.length === 0 || blob.length > 0xffff) throw new RangeError(`key store gave ${blob.length} bytes`);
  const body = sealBody({ ...header('key-store'), key }, plain, random);
  wipe(key);
  return concat(Uint8Array.of(blob.length >>> 8, blob.length & 0xff), blob, body);
}

/** How the file is protected, which tells what to ask a person for; undefined when it is damaged or from the future. */
export function keyFileProtection(bytes: Uint8Array): KeyProtection['kind'] | undefined {
  const file = unframeFile(MAGIC, bytes);
  if (!file.ok || file.version !== VERSION) return undefined;
  return (Object.keys(KINDS) as KeyProtection['kind'][]).find((kind) => KINDS[kind] === file.kind);
}

/** Total: never throws for any bytes. A kind that needs nothing ignores the unlocker. */
export async function openKeyFile(bytes: Uint8Array, unlocker: Unlocker = {}): Promise<OpenedKeyFile> {
  const file = unframeFile(MAGIC, bytes);
  if (!file.ok) return { ok: false, code: 'corrupt' };
  if (file.version !== VERSION) return { ok: false, code: 'unknown-version' };
  const plain = await openSecrets(file.kind, file.body, unlocker);
  if (typeof plain === 'string') return { ok: false, code: plain };
  const opened = unpackSecrets(plain);
  // The body of kind none is a view of the caller's bytes.
  if (file.kind !== KINDS.none) wipe(plain);
  return opened;
}

function openSecrets(
  kind: number,
  body: Uint8Array,
  { passphrase, unwrap }: Unlocker,
): Promise<Uint8Array | KeyFileFault> | Uint8Array | KeyFileFault {
  switch (kind) {
    case KINDS.none:
      return body;
    case KINDS.passphrase:
      if (passphrase === undefined) return 'passphrase-needed';
      return openBodyWithPassphrase({ ...header('passphrase'), passphrase }, body);
    case KINDS['key-store']:
      return unwrap === undefined ? 'key-store-needed' : openWithKeyStore(body, unwrap);
    default:
      return 'corrupt';
  }
}

async function openWithKeyStore(body: Uint8Array, unwrap: UnwrapKey): Promise<Uint8Array | KeyFileFault> {
  if (body.length < BLOB_LENGTH_BYTES) return 'corrupt';
  const end = BLOB_LENGTH_BYTES + ((body[0]! << 8) | body[1]!);
  if (body.length < end) return 'corrupt';
  const key = await tryUnwrap(unwrap, body.slice(BLOB_LENGTH_BYTES, end));
  if (key?.length !== KEY_BYTES) return 'key-store-refused';
  const plain = openBody({ ...header('key-store'), key }, body.subarray(end));
  wipe(key);
  return plain ?? 'key-store-refused';
}

/** A store that is locked, gone or of another user may throw; for us it is all the same. */
async function tryUnwrap(unwrap: UnwrapKey, blob: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    return await unwrap(blob);
  } catch {
    return undefined;
  }
}
