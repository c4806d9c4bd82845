import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  lstatSync,
  openSync,
  promises,
  readdirSync,
  readFileSync,
  statSync,
} from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DiskFullError, type Files, FileUnusableError } from '../../ports/files.ts';

/** Letters, digits, dot, dash, underscore; no segment is empty or begins with a dot. */
const SAFE_PATH = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;
/** What `write` calls our key and JSON files before they are complete; others may have put theirs into the folder. */
const UNFINISHED = /^[a-z]+\.(key|json)\.\d+-\d+\.tmp$/;
/** Files with secrets, or with what a passphrase of before protects. */
const SECRET = /\.key$/;
/** Ours have a few hundred. */
const MAX_FILE_BYTES = 1024 * 1024;
/** What file systems say that cannot sync a folder: VirtualBox's shared folders, for one. */
const CANNOT_SYNC = ['EINVAL', 'ENOTSUP', 'ENOSYS'];
const OWNER_ONLY = 0o600;
const OWNER_ONLY_FOLDER = 0o700;

/** How a file is opened; replaced in tests to make a disk fail. */
export type OpenFile = (path: string, flags: string, mode: number) => Promise<FileHandle>;

/**
 * The files below one folder. That is there from the start: where somebody removes it, it is not made again for a single
 * file, which would pass for what was in it.
 */
export class NodeFiles implements Files {
  readonly #folder: string;
  readonly #open: OpenFile;
  #lastNumber = 0;

  constructor(folder: string, openFile: OpenFile = (...how) => promises.open(...how)) {
    this.#folder = folder;
    this.#open = openFile;
  }

  /** Blocks: what is read are some small files at the start, and the first promise of a file takes Node 8 ms there. */
  async read(path: string): Promise<Uint8Array | undefined> {
    const source = this.#resolve(path);
    try {
      return new Uint8Array(readSmall(source));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw new FileUnusableError(path, 'read', error);
    }
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    const target = this.#resolve(path);
    // Writers of the same file must not share a temporary one.
    const temporary = `${target}.${process.pid}-${++this.#lastNumber}.tmp`;
    try {
      if (dirname(path) !== '.') await makeFolder(dirname(target));
      await this.#writeThrough(temporary, bytes);
      await replaceBy(temporary, target);
    } catch (error) {
      await promises.rm(temporary, { force: true });
      throw isDiskFull(error) ? new DiskFullError() : new FileUnusableError(path, 'written', error);
    }
  }

  async remove(path: string): Promise<void> {
    await promises.rm(this.#resolve(path), { force: true });
  }

  /** They may hold a profile's secrets in clear, where its passphrase was just being removed. */
  async tidy(): Promise<void> {
    // Blocks for one look, as `read` does: there is nothing but for a kill.
    for (const entry of listed(this.#folder))
      if (entry.isFile() && UNFINISHED.test(entry.name)) await eraseFile(join(this.#folder, entry.name));
  }

  #resolve(path: string): string {
    if (!SAFE_PATH.test(path)) throw new RangeError('a file path has a part that is not allowed');
    return join(this.#folder, path);
  }

  async #writeThrough(path: string, bytes: Uint8Array): Promise<void> {
    const file = await this.#open(path, 'wx', OWNER_ONLY);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await promises.mkdir(path, { mode: OWNER_ONLY_FOLDER });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

/** What a secret file held before is overwritten too, where the disk does that in its place. */
async function replaceBy(temporary: string, target: string): Promise<void> {
  const old = SECRET.test(target) ? await openOld(target) : undefined;
  try {
    await promises.rename(temporary, target);
    await syncFolder(dirname(target));
    // The new file is in its place: what the disk says now concerns nobody.
    if (old !== undefined) await overwrite(old).catch(() => undefined);
  } finally {
    await old?.close();
  }
}

/** Undefined where there is none, or it has another name too, as behind a link: somebody's copy. Windows replaces no open file. */
async function openOld(path: string): Promise<FileHandle | undefined> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (process.platform === 'win32' || found?.isFile() !== true || found.nlink > 1) return undefined;
  return promises.open(path, 'r+').catch(() => undefined);
}

/** For good: the old bytes are overwritten where the disk does that in their place. No error where there is no such file. */
export async function eraseFile(path: string): Promise<void> {
  if (statSync(path, { throwIfNoEntry: false })?.isFile()) {
    const handle = await promises.open(path, 'r+');
    try {
      await overwrite(handle);
    } finally {
      await handle.close();
    }
  }
  await promises.rm(path, { force: true });
}

async function overwrite(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  await handle.write(new Uint8Array(size), 0, size, 0);
  await handle.sync();
}

/** In the place of a file may be a pipe, for whose writer `open` would wait, or what does not fit into the memory. */
function readSmall(path: string): Buffer {
  const handle = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const found = fstatSync(handle);
    if (!found.isFile()) throw coded(found.isDirectory() ? 'EISDIR' : 'EINVAL');
    if (found.size > MAX_FILE_BYTES) throw coded('EFBIG');
    return readFileSync(handle);
  } finally {
    closeSync(handle);
  }
}

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function listed(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** A rename in this folder survives a power cut from then on. Windows cannot sync a folder and needs not. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await promises.open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!CANNOT_SYNC.includes(codeOf(error) ?? '')) throw error;
  } finally {
    await handle.close();
  }
}

/** The disk has no room, or what this person may use of it. */
export function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '');
}

/** What the system calls a failure, `ENOENT` for one. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
