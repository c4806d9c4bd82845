import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Database } from '@signalapp/sqlcipher';
import { FileUnusableError } from '../../ports/files.ts';
import { once } from '../../ports/once.ts';
import { EXIT, StartError } from './exit-codes.ts';

const OWNER_ONLY_FOLDER = 0o700;
/** Nothing for the group and for others. */
const OWNER_ONLY_UMASK = 0o077;
const LOCK_FILE = 'lock.db';
const TEMPORARY_PREFIX = 'parley-ephemeral-';
/** In a temporary folder from the moment it is locked: without it one may be about to be. */
const LOCKED_ONCE = 'locked-once';
/** SQLite opens files with names of 511 bytes at most; a database of a profile put aside lies up to 75 below the folder. */
const MAX_PATH_BYTES = 436;
/** What SQLite says of a file that is none of its own. */
const DAMAGED = new Set(['SQLITE_NOTADB', 'SQLITE_CORRUPT']);

type Environment = Readonly<Record<string, string | undefined>>;

/** A data folder that this process alone has open. */
export interface DataFolder {
  readonly path: string;
  /** Lets others have it; removes it when it was made for this run only. Idempotent, synchronous for use at exit. */
  release(): void;
}

/** Where a profile lives by the custom of the system (XDG, AppData, Application Support). */
export function defaultDataFolder(platform: NodeJS.Platform, env: Environment, home = homedir()): string {
  if (platform === 'win32') return join(env.APPDATA || join(home, 'AppData', 'Roaming'), 'Parley');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Parley');
  // The specification asks to ignore a relative path.
  const xdg = env.XDG_DATA_HOME;
  return join(xdg?.startsWith('/') ? xdg : join(home, '.local', 'share'), 'parley');
}

/**
 * Makes the folder if need be and locks it. What this process makes from now on is for its owner alone: SQLite goes by the
 * umask, and in a folder that was there before others may look at its files, whose sizes and times tell when one chats.
 * @throws {StartError} `folderUnusable` when it cannot be made or written, `folderLocked` when another Parley has it.
 * @throws {FileUnusableError} when the system does not let us lock it.
 */
export function openDataFolder(path: string): DataFolder {
  process.umask(OWNER_ONLY_UMASK);
  const folder = usable(resolve(path));
  const unlock = lock(join(folder, LOCK_FILE));
  return { path: folder, release: once(unlock) };
}

/**
 * A fresh folder that is removed with everything in it at the end. Where the process is killed nobody does that, so those
 * of dead ones go first.
 */
export function temporaryDataFolder(): DataFolder {
  removeForsaken();
  const folder = openDataFolder(makeTemporary());
  const release = once(() => {
    folder.release();
    rmSync(folder.path, { recursive: true, force: true });
  });
  try {
    writeFileSync(join(folder.path, LOCKED_ONCE), '');
  } catch (error) {
    release();
    throw new StartError(EXIT.folderUnusable, `the data folder ${folder.path} cannot be used (${codeOf(error)})`);
  }
  return { path: folder.path, release };
}

/**
 * Makes the folder, for its owner alone, and those above it. One by one: Node's own recursion never ends where the system
 * refuses a folder as if the one above were missing, as below /proc.
 * @throws the host's error
 */
export function makeFolder(path: string): void {
  if (isFolder(path)) return;
  const above = dirname(path);
  if (above !== path) makeFolder(above);
  try {
    mkdirSync(path, { mode: OWNER_ONLY_FOLDER });
  } catch (error) {
    // Somebody else may have made it in this moment.
    if (!isFolder(path)) throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Temporary folders of ours that were locked and are no more. What cannot be removed is left to a later start. */
function removeForsaken(): void {
  for (const name of namesIn(tmpdir())) {
    if (!name.startsWith(TEMPORARY_PREFIX)) continue;
    const path = join(tmpdir(), name);
    try {
      if (isOwnFolder(path) && existsSync(join(path, LOCKED_ONCE))) removeUnlocked(path);
    } catch {
      // Somebody lives there, or another start is removing it.
    }
  }
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** No link: anybody may make one in the folder of temporary files. */
function isOwnFolder(path: string): boolean {
  const stats = lstatSync(path);
  return stats.isDirectory() && (process.getuid === undefined || stats.uid === process.getuid());
}

/** @throws when it is locked */
function removeUnlocked(path: string): void {
  const unlock = lockFile(join(path, LOCK_FILE));
  unlock();
  rmSync(path, { recursive: true, force: true });
}

function makeTemporary(): string {
  try {
    return mkdtempSync(join(tmpdir(), TEMPORARY_PREFIX));
  } catch (error) {
    throw new StartError(EXIT.folderUnusable, `no folder can be made in ${tmpdir()} (${codeOf(error)})`);
  }
}

function usable(path: string): string {
  try {
    makeFolder(path);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    const real = realpathSync(path);
    if (Buffer.byteLength(real) > MAX_PATH_BYTES) throw Object.assign(new Error(), { code: 'ENAMETOOLONG' });
    return real;
  } catch (error) {
    throw new StartError(EXIT.folderUnusable, `the data folder ${path} cannot be used (${codeOf(error)})`);
  }
}

/**
 * Node has no file locks of its own, and a file with a process number outlives a crash. SQLite's lock is the
 * operating system's: it ends with the process, however that ends.
 */
function lock(path: string): () => void {
  try {
    return lockOrClear(path);
  } catch (error) {
    if (codeOf(error) === 'SQLITE_BUSY') {
      throw new StartError(EXIT.folderLocked, 'another Parley is running with this data folder');
    }
    throw new FileUnusableError(LOCK_FILE, 'opened', error);
  }
}

/**
 * The file never holds anything, so a damaged one must not keep the profile closed. It is emptied, not deleted: of two
 * that start at once, both would lock a file of their own.
 */
function lockOrClear(path: string): () => void {
  try {
    return lockFile(path);
  } catch (error) {
    if (!DAMAGED.has(codeOf(error))) throw error;
    // A link could lead to any file of the person, and that one is not damaged.
    closeSync(openSync(path, constants.O_WRONLY | constants.O_TRUNC | (constants.O_NOFOLLOW ?? 0)));
    return lockFile(path);
  }
}

function lockFile(path: string): () => void {
  const database = new Database(path);
  try {
    // Of a file that it may only read SQLite gives an exclusive lock to everybody.
    accessSync(path, constants.R_OK | constants.W_OK);
    database.exec(
      'PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE',
    );
    return () => database.close();
  } catch (error) {
    database.close();
    throw error;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
}
