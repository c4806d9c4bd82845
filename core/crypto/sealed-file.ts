import { concat, equalBytes } from '../ids/bytes.ts';
import type { Random } from '../ports/random.ts';
import type { PasswordLimits } from './backend.ts';
import { hash32, KEY_BYTES, SECRETBOX_NONCE_BYTES, secretboxOpen, secretboxSeal, TAG_BYTES, wipe } from './crypto.ts';
import { arePasswordLimits, PASSWORD_SALT_BYTES, passwordKey } from './password.ts';

/**
 * The frame of every secret file, the same in all versions, so that damage is told from a wrong passphrase:
 *
 *   offset  size  field
 *   0       4     magic, ASCII
 *   4       1     version
 *   5       1     kind of the body
 *   6       n     body
 *   6+n     16    checksum: beginning of hash32('file checksum', all before); against damage, not against attackers
 */
const HEADER_BYTES = 6;
const CHECKSUM_BYTES = 16;

export interface FileHeader {
  /** 4 ASCII characters. */
  readonly magic: string;
  readonly version: number;
  readonly kind: number;
}

export type UnframedFile =
  | { readonly ok: true; readonly version: number; readonly kind: number; readonly body: Uint8Array }
  | { readonly ok: false };

function headerBytes({ magic, version, kind }: FileHeader): Uint8Array {
  return Uint8Array.of(...[...magic].map((character) => character.charCodeAt(0)), version, kind);
}

function checksum(content: Uint8Array): Uint8Array {
  return hash32('file checksum', content).subarray(0, CHECKSUM_BYTES);
}

export function frameFile(header: FileHeader, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const content = concat(headerBytes(header), body);
  return concat(content, checksum(content));
}

/** Fails when the magic or the checksum is not right. The body is a view. Total. */
export function unframeFile(magic: string, bytes: Uint8Array): UnframedFile {
  if (bytes.length < HEADER_BYTES + CHECKSUM_BYTES) return { ok: false };
  const content = bytes.subarray(0, bytes.length - CHECKSUM_BYTES);
  const [version, kind] = [bytes[4]!, bytes[5]!];
  if (!equalBytes(content.subarray(0, HEADER_BYTES), headerBytes({ magic, version, kind }))) return { ok: false };
  if (!equalBytes(bytes.subarray(content.length), checksum(content))) return { ok: false };
  return { ok: true, version, kind, body: content.subarray(HEADER_BYTES) };
}

/**
 * A body sealed under a key: nonce (24), secretbox. The key is hashed with the file's header first, so that a body
 * cannot be moved to a file of another kind.
 */
export interface KeyedFile extends FileHeader {
  /** 32 bytes. */
  readonly key: Uint8Array;
}

const KEYED_BODY_OVERHEAD_BYTES = SECRETBOX_NONCE_BYTES + TAG_BYTES;

function boxKey(file: KeyedFile): Uint8Array {
  return hash32('sealed file', headerBytes(file), file.key);
}

export function sealBody(file: KeyedFile, plain: Uint8Array, random: Random): Uint8Array {
  const key = boxKey(file);
  const nonce = random.bytes(SECRETBOX_NONCE_BYTES);
  const body = concat(nonce, secretboxSeal(key, nonce, plain));
  wipe(key);
  return body;
}

/** The plain text, or undefined when the key is not the one it was sealed under. Total. */
export function openBody(file: KeyedFile, body: Uint8Array): Uint8Array | undefined {
  if (body.length < KEYED_BODY_OVERHEAD_BYTES || file.key.length !== KEY_BYTES) return undefined;
  const key = boxKey(file);
  const plain = secretboxOpen(key, body.subarray(0, SECRETBOX_NONCE_BYTES), body.subarray(SECRETBOX_NONCE_BYTES));
  wipe(key);
  return plain;
}

/**
 * A body sealed under a passphrase:
 *
 *   offset  size  field
 *   0       16    Argon2id salt
 *   16      4     passes, big-endian
 *   20      4     memory in KiB, big-endian
 *   24      24+n  nonce and secretbox, as above
 */
const PASSPHRASE_HEADER_BYTES = PASSWORD_SALT_BYTES + 8;

export interface PassphraseFile extends FileHeader {
  readonly passphrase: string;
}

export async function sealBodyWithPassphrase(
  file: PassphraseFile & { readonly limits: PasswordLimits },
  plain: Uint8Array,
  random: Random,
): Promise<Uint8Array> {
  const head = new Uint8Array(PASSPHRASE_HEADER_BYTES);
  const salt = random.bytes(PASSWORD_SALT_BYTES);
  const view = new DataView(head.buffer);
  head.set(salt);
  view.setUint32(PASSWORD_SALT_BYTES, file.limits.opsLimit);
  view.setUint32(PASSWORD_SALT_BYTES + 4, file.limits.memLimit / 1024);
  const key = await passwordKey(file.passphrase, salt, file.limits);
  const body = concat(head, sealBody({ ...file, key }, plain, random));
  wipe(key);
  return body;
}

/** Total: `corrupt` when the head makes no sense, whoever wrote it; the checksum of the frame has been checked before. */
export async function openBodyWithPassphrase(
  file: PassphraseFile,
  body: Uint8Array,
): Promise<Uint8Array | 'corrupt' | 'wrong-passphrase'> {
  if (body.length < PASSPHRASE_HEADER_BYTES + KEYED_BODY_OVERHEAD_BYTES) return 'corrupt';
  const view = new DataView(body.buffer, body.byteOffset);
  const opsLimit = view.getUint32(PASSWORD_SALT_BYTES);
  const limits = { opsLimit, memLimit: view.getUint32(PASSWORD_SALT_BYTES + 4) * 1024 };
  if (!arePasswordLimits(limits)) return 'corrupt';
  const key = await passwordKey(file.passphrase, body.subarray(0, PASSWORD_SALT_BYTES), limits);
  const plain = openBody({ ...file, key }, body.subarray(PASSPHRASE_HEADER_BYTES));
  wipe(key);
  return plain ?? 'wrong-passphrase';
}
