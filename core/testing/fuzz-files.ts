import { openBackup, sealBackup } from '../crypto/backup.ts';
import { type KeyFileSecrets, keyFileProtection, openKeyFile, sealKeyFile, type Unlocker } from '../crypto/key-file.ts';
import { arePasswordLimits, PASSWORD_SALT_BYTES } from '../crypto/password.ts';
import { frameFile, unframeFile } from '../crypto/sealed-file.ts';
import { type FuzzTarget, must, mustBeSame } from './fuzz-target.ts';
import { SeededRandom } from './seeded-random.ts';

const KEY_FILE_MAGIC = 'PLKF';
const BACKUP_MAGIC = 'PLBK';
/** Version, kind, body: what `frameFile` puts its frame round. */
const INNER_HEADER_BYTES = 2;
/** Where passes and memory of the passphrase hash stand in the body of a backup (`sealed-file.ts`). */
const LIMITS_OFFSET = PASSWORD_SALT_BYTES;
const MAX_HASHED_BYTES = 1 << 20;

const random = new SeededRandom('fuzz files');
const secrets: KeyFileSecrets = {
  profileSeed: random.bytes(32),
  databaseKey: random.bytes(32),
  nodeSeed: random.bytes(32),
};
/** A key store that keeps the key in the blob: what matters here is the framing. */
const unwrap = async (blob: Uint8Array) => blob.slice(1);
const wrap = async (key: Uint8Array) => Uint8Array.of(7, ...key);

/** A fresh frame with a right checksum round version, kind and body: damage that a checksum would hide gets through. */
function framed(magic: string, input: Uint8Array): Uint8Array {
  const [version = 0, kind = 0] = input;
  return frameFile({ magic, version, kind }, input.subarray(INNER_HEADER_BYTES));
}

function inner(magic: string, file: Uint8Array): Uint8Array {
  const unframed = unframeFile(magic, file);
  must(unframed.ok, 'a sample does not unframe');
  return Uint8Array.of(unframed.version, unframed.kind, ...unframed.body);
}

async function feedKeyFile(file: Uint8Array): Promise<boolean> {
  const kind = keyFileProtection(file);
  // Without a passphrase, so that no input makes it work the passphrase hash.
  const unlocker: Unlocker = { unwrap };
  const opened = await openKeyFile(file, unlocker);
  if (!opened.ok) {
    must(typeof opened.code === 'string' && opened.code.length > 0, 'no reason');
    return false;
  }
  must(kind === 'none' || kind === 'key-store', 'opened a file of an unknown kind');
  for (const secret of Object.values(opened.secrets)) must(secret.length === 32, 'a secret of another length');
  if (kind === 'none') mustBeSame(file, await sealKeyFile(opened.secrets, { kind }, random));
  return true;
}

async function feedBackup(file: Uint8Array): Promise<boolean> {
  const unframed = unframeFile(BACKUP_MAGIC, file);
  if (unframed.ok && isDear(unframed.body)) return false;
  const opened = await openBackup('passphrase', file);
  must(!opened.ok || unframed.ok, 'opened a backup without a right frame');
  return opened.ok;
}

/** A right frame that asks for more of the passphrase hash than a fuzzer can spend on one input. */
function isDear(body: Uint8Array): boolean {
  if (body.length < LIMITS_OFFSET + 8) return false;
  const view = new DataView(body.buffer, body.byteOffset + LIMITS_OFFSET);
  const limits = { opsLimit: view.getUint32(0), memLimit: view.getUint32(4) * 1_024 };
  return arePasswordLimits(limits) && limits.opsLimit * limits.memLimit > MAX_HASHED_BYTES;
}

/** Files that a person opens: key files and backups, as they are, and with the checksum made right again. */
export async function fileTargets(): Promise<readonly FuzzTarget[]> {
  const keyFiles = [
    await sealKeyFile(secrets, { kind: 'none' }, random),
    await sealKeyFile(secrets, { kind: 'key-store', wrap }, random),
  ];
  const limits = { opsLimit: 1, memLimit: 8_192 };
  const backup = await sealBackup({ passphrase: 'passphrase', limits }, random.bytes(90), random);
  return [
    { name: 'crypto.openKeyFile', corpus: keyFiles, run: feedKeyFile },
    {
      name: 'crypto.openKeyFile framed',
      corpus: keyFiles.map((file) => inner(KEY_FILE_MAGIC, file)),
      run: (input) => feedKeyFile(framed(KEY_FILE_MAGIC, input)),
    },
    { name: 'crypto.openBackup', corpus: [backup], run: feedBackup },
    {
      name: 'crypto.openBackup framed',
      corpus: [inner(BACKUP_MAGIC, backup)],
      run: (input) => feedBackup(framed(BACKUP_MAGIC, input)),
    },
  ];
}
