import { existsSync, lstatSync, promises, readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, eraseFile, syncFolder } from './adapters/node-files.ts';
import { faultError } from './profile-fault.ts';
import { KEY_FILE } from './profile-vault.ts';

const DATABASE_FILE = 'profile.db';
/** What SQLite keeps of a database; itself last, so that its log never stays behind without it. */
const DATABASE_FILES = [`${DATABASE_FILE}-shm`, `${DATABASE_FILE}-wal`, DATABASE_FILE];
const OWN_FILES = /^profile\.(db|key)/;
/** A profile on its way in. It counts from the moment its key file is there; nothing opens before it is in its place. */
const COMING = 'new-profile-';
/** A profile put aside: named by the moment, in UTC, so that a person finds it. */
const ASIDE = 'old-profile-';
const ASIDE_NAME = /^old-profile-(\d{4})-(\d\d)-(\d\d)-(\d\d)(\d\d)(\d\d)(-\d+)?$/;
/** A profile that is to be erased: its name of before and since when, so that one rename says it all. */
const ERASED = 'erased-profile-';
const ERASED_NAME = /^erased-profile-(.+)-at-(\d{1,15})$/;
const OWNER_ONLY_FOLDER = 0o700;

/** A profile that another one has replaced. */
export interface AsideProfile {
  /** Name of its folder inside the data folder. */
  readonly folder: string;
  /** Milliseconds since 1970 UTC, whole seconds. */
  readonly setAsideAt: number;
}

/** A profile that is to be erased from the disk. */
export interface ErasingProfile {
  /** Name of its folder inside the data folder. */
  readonly name: string;
  /** The name that it had while it was only put aside. */
  readonly aside: string;
  /** Milliseconds since 1970 UTC. */
  readonly since: number;
}

/**
 * Where profiles lie: the one in use at the top of the data folder, others in folders of their own. Profiles change
 * places so that a crash at any moment leaves one of the two in use, whole, and the other one whole beside it: the key
 * file moves last on either way, so what is at the top belongs together whenever a key file is there.
 */
export class ProfileFolder {
  readonly #dataDir: string;
  readonly #wall: () => number;

  constructor(dataDir: string, wall: () => number) {
    this.#dataDir = dataDir;
    this.#wall = wall;
  }

  /** The database of the profile in this folder; '' is the top. */
  databasePath(folder = ''): string {
    return join(this.#dataDir, folder, DATABASE_FILE);
  }

  /**
   * Before a profile that counts is opened: SQLite would begin an empty database where there is none.
   * @throws ApiError `database-corrupt`, `profile-unreadable` with a fault
   */
  expectDatabase(folder = ''): void {
    const found = statOf(this.databasePath(folder));
    if (found === undefined || found.size === 0) throw faultError('database-missing');
  }

  /** Ends what a crash interrupted. Before anything is opened. */
  async settle(): Promise<void> {
    for (const name of this.#folders(COMING)) {
      if (this.#has(name, KEY_FILE)) await this.#moveIn(name);
      else await this.drop(name);
    }
  }

  /** A new folder in which a profile can be made. @returns its name */
  async begin(): Promise<string> {
    const name = this.#coming();
    await promises.mkdir(join(this.#dataDir, name), { recursive: true, mode: OWNER_ONLY_FOLDER });
    return name;
  }

  /** Removes a profile that was begun and does not count yet; what else lies there stays. */
  async drop(coming: string): Promise<void> {
    const folder = join(this.#dataDir, coming);
    const files = readdirSync(folder).filter((name) => OWN_FILES.test(name));
    // The key file first, which makes the others count.
    for (const file of files.sort().reverse()) await promises.rm(join(folder, file), { recursive: true });
    await removeEmpty(folder);
  }

  /** The profile of this folder, complete and closed, takes the place of the one at the top, which is put aside. */
  exchange(coming: string): Promise<void> {
    return this.#moveIn(coming);
  }

  /** The profile that was put aside into this folder takes its old place; the one at the top is put aside. */
  async takeBack(aside: string): Promise<void> {
    const name = this.#coming();
    await this.#rename(aside, name);
    await this.#moveIn(name);
  }

  /** Newest first. */
  aside(): AsideProfile[] {
    return this.#folders(ASIDE)
      .filter((name) => this.#has(name, KEY_FILE))
      .flatMap((folder) => {
        const setAsideAt = dateOf(folder);
        return setAsideAt === undefined ? [] : [{ folder, setAsideAt }];
      })
      .sort((one, other) => other.setAsideAt - one.setAsideAt || (one.folder < other.folder ? 1 : -1));
  }

  /** From now on this profile counts no more, but it still lies there. @returns undefined when it is not put aside */
  async beginErasing(aside: string): Promise<ErasingProfile | undefined> {
    if (this.aside().every(({ folder }) => folder !== aside)) return undefined;
    const since = Math.floor(this.#wall());
    const name = `${ERASED}${aside.slice(ASIDE.length)}-at-${since}`;
    await this.#rename(aside, name);
    return { name, aside, since };
  }

  /** Put aside as before. @returns false when its key file is gone already */
  async undoErasing({ name, aside }: ErasingProfile): Promise<boolean> {
    if (!this.#has(name, KEY_FILE)) return false;
    await this.#rename(name, aside);
    return true;
  }

  /** Those that are to be erased, or were being erased when the program ended. */
  erasing(): ErasingProfile[] {
    return this.#folders(ERASED).flatMap((name) => {
      const [, stamp, since] = ERASED_NAME.exec(name) ?? [];
      return stamp === undefined ? [] : [{ name, aside: `${ASIDE}${stamp}`, since: Number(since) }];
    });
  }

  /** For good: first the keys, without which the rest is noise. What else lies in the folder stays. */
  async erase(name: string): Promise<void> {
    await eraseFile(join(this.#dataDir, name, KEY_FILE));
    await this.drop(name);
    await syncFolder(this.#dataDir);
  }

  /** A database without its key file can never be opened; it is kept all the same, under another name. */
  async setOldDatabaseAside(): Promise<void> {
    const stamp = Math.floor(this.#wall());
    for (const file of DATABASE_FILES) {
      const suffix = file.slice(DATABASE_FILE.length);
      await moveIfThere(join(this.#dataDir, file), join(this.#dataDir, `${DATABASE_FILE}.old-${stamp}${suffix}`));
    }
  }

  async #rename(from: string, to: string): Promise<void> {
    await promises.rename(join(this.#dataDir, from), join(this.#dataDir, to));
    await syncFolder(this.#dataDir);
  }

  async #moveIn(coming: string): Promise<void> {
    // A key file at the top is the old one's until it has moved: the new one's comes last.
    if (this.#has('', KEY_FILE)) await this.#move('', `${ASIDE}${coming.slice(COMING.length)}`);
    await this.#move(coming, '');
    await removeEmpty(join(this.#dataDir, coming));
  }

  async #move(from: string, to: string): Promise<void> {
    const [source, target] = [join(this.#dataDir, from), join(this.#dataDir, to)];
    await promises.mkdir(target, { recursive: true, mode: OWNER_ONLY_FOLDER });
    for (const file of DATABASE_FILES) await moveIfThere(join(source, file), join(target, file));
    await syncFolder(target);
    await promises.rename(join(source, KEY_FILE), join(target, KEY_FILE));
    await syncFolder(target);
    await syncFolder(source);
  }

  /** Named by the present second, with a number where two fall into one. */
  #coming(): string {
    const stamp = new Date(this.#wall()).toISOString().slice(0, 'YYYY-MM-DDTHH:MM:SS'.length);
    const name = stamp.replace('T', '-').replaceAll(':', '');
    for (let number = 1; ; number++) {
      const tried = number === 1 ? name : `${name}-${number}`;
      if (!this.#has(`${COMING}${tried}`) && !this.#has(`${ASIDE}${tried}`)) return `${COMING}${tried}`;
    }
  }

  #folders(prefix: string): string[] {
    if (!existsSync(this.#dataDir)) return [];
    return readdirSync(this.#dataDir, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name.startsWith(prefix))
      .map(({ name }) => name);
  }

  /** A link counts as what it is, also where it leads nowhere: a key file may be on a disk that is not there now. */
  #has(...path: string[]): boolean {
    return lstatSync(join(this.#dataDir, ...path), { throwIfNoEntry: false }) !== undefined;
  }
}

/** Where there is none it is undefined. @throws ApiError `profile-unreadable` with a fault */
function statOf(database: string): Stats | undefined {
  try {
    return statSync(database, { throwIfNoEntry: false });
  } catch {
    throw faultError('database-unreadable');
  }
}

function dateOf(folder: string): number | undefined {
  const [, year, month, day, hour, minute, second] = ASIDE_NAME.exec(folder) ?? [];
  if (second === undefined) return undefined;
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(at) ? undefined : at;
}

async function moveIfThere(from: string, to: string): Promise<void> {
  try {
    await promises.rename(from, to);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

/** What somebody put there stays with its folder. */
async function removeEmpty(folder: string): Promise<void> {
  try {
    await promises.rmdir(folder);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '')) throw error;
  }
}
