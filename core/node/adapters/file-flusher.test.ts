import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiskFullError } from '../../ports/files.ts';
import { FileFlusher } from './file-flusher.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-flusher-'));
  path = join(folder, 'log');
  writeFileSync(path, 'x');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const failure = (code: string) => Object.assign(new Error(code), { code });

function failing(code: string): FileFlusher {
  const fail = () => {
    throw failure(code);
  };
  return new FileFlusher(path, { fdatasync: (_, done) => done(failure(code)), fdatasyncSync: fail });
}

const flush = (flusher: FileFlusher) =>
  new Promise<void>((resolve, reject) => flusher.flush((error) => (error === undefined ? resolve() : reject(error))));

/** Handles of this process on the file; only Linux tells. */
function handles(): number {
  const open = readdirSync('/proc/self/fd').flatMap((fd) => {
    const link = `/proc/self/fd/${fd}`;
    return existsSync(link) ? [readlinkSync(link)] : [];
  });
  return open.filter((target) => target === path).length;
}

describe('a flusher of a file', () => {
  it('flushes, waiting and blocking', async () => {
    const flusher = new FileFlusher(path);
    await flush(flusher);
    flusher.flushNow();
    flusher.close();
  });

  it('needs the file', () => {
    expect(() => new FileFlusher(join(folder, 'none'))).toThrow('ENOENT');
  });

  it.skipIf(process.platform === 'win32')('flushes nothing into a file that was deleted', async () => {
    const flusher = new FileFlusher(path);
    rmSync(path);
    writeFileSync(path, 'another');
    await expect(flush(flusher)).rejects.toThrow('deleted');
    expect(() => flusher.flushNow()).toThrow('deleted');
    flusher.close();
  });

  it('tells that the file is gone without which this one is worth nothing, and that it is back', async () => {
    const [of, elsewhere] = [join(folder, 'database'), join(folder, 'moved')];
    writeFileSync(of, 'x');
    const flusher = new FileFlusher(path, { of });
    await flush(flusher);
    renameSync(of, elsewhere);
    await expect(flush(flusher)).rejects.toThrow('ENOENT');
    expect(() => flusher.flushNow()).toThrow('ENOENT');
    renameSync(elsewhere, of);
    await flush(flusher);
    flusher.close();
  });

  it('tells of a file that a network file system does not know any more', async () => {
    let gone = false;
    const names = () => {
      if (gone) throw failure('ESTALE');
      return 1;
    };
    const flusher = new FileFlusher(path, { names });
    gone = true;
    // However long the disk takes.
    await expect(flush(flusher)).rejects.toMatchObject({ code: 'ESTALE' });
    expect(() => flusher.flushNow()).toThrow('ESTALE');
    flusher.close();
  });

  it('flushes where names are not counted', async () => {
    const flusher = new FileFlusher(path, { names: () => 0 });
    await flush(flusher);
    flusher.flushNow();
    flusher.close();
  });

  it.each(['ENOSPC', 'EDQUOT'])('calls %s a full disk', async (code) => {
    const flusher = failing(code);
    await expect(flush(flusher)).rejects.toThrow(DiskFullError);
    expect(() => flusher.flushNow()).toThrow(DiskFullError);
    flusher.close();
  });

  it('hands on any other failure', async () => {
    const flusher = failing('EIO');
    await expect(flush(flusher)).rejects.toThrow('EIO');
    expect(() => flusher.flushNow()).toThrow('EIO');
    flusher.close();
  });

  it.runIf(process.platform === 'linux')('keeps its handle until a flush under way is done', async () => {
    let release = () => {};
    const flusher = new FileFlusher(path, {
      fdatasync: (handle, done) => {
        release = () => fdatasync(handle, done);
      },
      fdatasyncSync,
    });
    const flushed = flush(flusher);
    flusher.close();
    flusher.close();
    expect(handles()).toBe(1);
    release();
    await flushed;
    expect(handles()).toBe(0);
  });

  it('lengthens the file by zeros, step by step, and keeps what is in it', () => {
    const flusher = new FileFlusher(path);
    const steps = [0, 1, 2, 3].map(() => flusher.lengthen(250, 100));
    expect(steps).toEqual([true, true, true, false]);
    expect([...readFileSync(path)]).toEqual(['x'.charCodeAt(0), ...new Array<number>(249).fill(0)]);
    writeFileSync(path, 'y'.repeat(300));
    expect(flusher.lengthen(250, 100)).toBe(false);
    flusher.close();
    expect(flusher.lengthen(1_000, 100)).toBe(false);
    expect(readFileSync(path, 'utf8')).toBe('y'.repeat(300));
  });

  it('leaves a disk alone that has little room, or that does not say how much', () => {
    const little = new FileFlusher(path, { freeBytes: () => 64 * 2 ** 20 - 1 });
    const silent = new FileFlusher(path, {
      freeBytes: () => {
        throw failure('ENOSYS');
      },
    });
    expect([little.lengthen(100, 100), silent.lengthen(100, 100)]).toEqual([false, false]);
    expect(readFileSync(path, 'utf8')).toBe('x');
    little.close();
    silent.close();
  });

  it('fails after it was closed, and touches no handle any more', async () => {
    const touched: number[] = [];
    const releases: (() => void)[] = [];
    const flusher = new FileFlusher(path, {
      fdatasync: (handle, done) => {
        touched.push(handle);
        releases.push(() => fdatasync(handle, done));
      },
      fdatasyncSync: (handle) => touched.push(handle),
    });
    const before = flush(flusher);
    flusher.close();
    let returned = false;
    const after = new Promise((resolve) => flusher.flush((error) => resolve([error, returned])));
    returned = true;
    expect(await after).toEqual([new Error('the file was closed before'), true]);
    expect(() => flusher.flushNow()).toThrow('closed');
    for (const release of releases) release();
    await before;
    // Whoever has the number now keeps it.
    const next = openSync(path, 'r');
    flusher.close();
    await expect(flush(flusher)).rejects.toThrow('closed');
    expect(fstatSync(next).isFile()).toBe(true);
    closeSync(next);
    expect(touched).toHaveLength(1);
  });
});
