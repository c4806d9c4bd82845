import { equalBytes } from '../ids/bytes.ts';
import { DiskFullError } from '../ports/files.ts';
import type { KeptNote, KeptRow, RelayCacheStore } from '../store/relay-cache.ts';

/** A disk with at most one open cache on it. */
export interface ComplianceDisk {
  open(): RelayCacheStore;
  /** The process that has it open is killed; opened again, the disk shows what had been committed. */
  kill(): void;
  /** From now on nothing can be added. */
  fill(): void;
}

export interface CacheComplianceCase {
  /** The rule, as the name of a test. */
  readonly rule: string;
  run(disk: ComplianceDisk): Promise<void>;
}

function equal(actual: unknown, expected: unknown, what: string): void {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (got !== wanted) throw new Error(`${what}: expected ${wanted}, got ${got}`);
}

function idOf(number: number): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, i) => (i === 0 ? number : i));
}

function rowOf(number: number, changes: Partial<KeptRow> = {}): KeptRow {
  const destination = new Uint8Array(32).fill(number);
  const dates = { expiresAt: 1_000 * number, stranger: number % 2 === 1 };
  return { id: idOf(number), destination, copies: 2, size: 3, ...dates, source: `source ${number}`, ...changes };
}

function bytesOf(number: number): Uint8Array {
  return Uint8Array.of(number, 0, 255);
}

function noteOf(kind: KeptNote['kind'], number: number, expiresAt = 5_000): KeptNote {
  return { kind, key: idOf(number), bytes: bytesOf(number), expiresAt };
}

/** First bytes of the IDs, in the order of the rows. */
function numbers(cache: RelayCacheStore): number[] {
  return [...cache.rows()].map(({ id }) => id[0]!);
}

function noteNumbers(cache: RelayCacheStore): string[] {
  return [...cache.notes()].map(({ kind, key, bytes }) => `${kind} ${key[0]} ${bytes[0]}`).sort();
}

function plain(row: KeptRow): unknown {
  return { ...row, id: [...row.id], destination: [...row.destination] };
}

async function failureOf(promise: Promise<void>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** What every {RelayCacheStore} promises; run on the one in memory and on the real one. */
export const cacheCompliance: readonly CacheComplianceCase[] = [
  {
    rule: 'shows changes at once, oldest first, with all their fields',
    async run(disk) {
      const cache = disk.open();
      for (const number of [3, 1, 2]) cache.put(rowOf(number), bytesOf(number));
      equal(numbers(cache), [3, 1, 2], 'order');
      equal(
        [...cache.rows()].map(plain),
        [3, 1, 2].map((number) => plain(rowOf(number))),
        'rows',
      );
      equal([...cache.bytes(idOf(1))!], [...bytesOf(1)], 'bytes');
      equal(cache.bytes(idOf(9)), undefined, 'bytes of what is not there');
      cache.delete(idOf(1));
      cache.delete(idOf(9));
      equal(numbers(cache), [3, 2], 'after deleting');
      equal(cache.bytes(idOf(1)), undefined, 'deleted bytes');
      await cache.close();
    },
  },
  {
    rule: 'replaces an envelope that is put again, in its place',
    async run(disk) {
      const cache = disk.open();
      for (const number of [1, 2]) cache.put(rowOf(number), bytesOf(number));
      cache.put(rowOf(1, { stranger: false, size: 4 }), bytesOf(7));
      equal(
        [...cache.rows()].map(({ size, stranger }) => [size, stranger]),
        [
          [4, false],
          [3, false],
        ],
        'rows',
      );
      equal(numbers(cache), [1, 2], 'order');
      equal([...cache.bytes(idOf(1))!], [...bytesOf(7)], 'bytes');
      await cache.close();
    },
  },
  {
    rule: 'keeps through a kill what was saved, in order',
    async run(disk) {
      const cache = disk.open();
      for (const number of [3, 1, 2]) cache.put(rowOf(number), bytesOf(number));
      cache.putNote(noteOf('receipt', 4));
      await cache.saved();
      cache.delete(idOf(1));
      await cache.saved();
      disk.kill();
      const again = disk.open();
      equal(
        [...again.rows()].map(plain),
        [3, 2].map((number) => plain(rowOf(number))),
        'rows',
      );
      equal([...again.bytes(idOf(3))!], [...bytesOf(3)], 'bytes');
      equal(noteNumbers(again), ['receipt 4 4'], 'notes');
      again.put(rowOf(5), bytesOf(5));
      equal(numbers(again), [3, 2, 5], 'order of what comes later');
      await again.close();
    },
  },
  {
    rule: 'commits the changes of one tick together or not at all',
    async run(disk) {
      const cache = disk.open();
      cache.put(rowOf(1), bytesOf(1));
      await cache.saved();
      cache.put(rowOf(2), bytesOf(2));
      cache.delete(idOf(1));
      cache.putNote(noteOf('policy', 3));
      disk.kill();
      const again = disk.open();
      equal([numbers(again), noteNumbers(again)], [[1], []], 'content');
      equal([...again.bytes(idOf(1))!], [...bytesOf(1)], 'bytes');
      await again.close();
    },
  },
  {
    rule: 'is saved when nothing was changed, and as often as asked',
    async run(disk) {
      const cache = disk.open();
      await cache.saved();
      cache.put(rowOf(1), bytesOf(1));
      await Promise.all([cache.saved(), cache.saved()]);
      await cache.saved();
      await cache.close();
    },
  },
  {
    rule: 'saves what is there when it is closed',
    async run(disk) {
      const cache = disk.open();
      cache.put(rowOf(1), bytesOf(1));
      await cache.close();
      await cache.close();
      const again = disk.open();
      equal(numbers(again), [1], 'rows');
      await again.close();
    },
  },
  {
    rule: 'finds and changes nothing once it is closed, and promises nothing',
    async run(disk) {
      const cache = disk.open();
      cache.put(rowOf(1), bytesOf(1));
      await cache.close();
      equal(cache.bytes(idOf(1)), undefined, 'bytes');
      cache.put(rowOf(2), bytesOf(2));
      cache.delete(idOf(1));
      let promised = false;
      void cache.saved().then(() => {
        promised = true;
      });
      const again = disk.open();
      await again.saved();
      equal([numbers(again), promised], [[1], false], 'rows, and a promise');
      await again.close();
    },
  },
  {
    rule: 'has one note a kind and key, and forgets those whose life ended',
    async run(disk) {
      const cache = disk.open();
      cache.putNote(noteOf('policy', 1));
      cache.putNote(noteOf('receipt', 1));
      cache.putNote({ ...noteOf('policy', 1, 9_000), bytes: bytesOf(8) });
      equal(noteNumbers(cache), ['policy 1 8', 'receipt 1 1'], 'notes');
      cache.expireNotes(5_000);
      equal(noteNumbers(cache), ['policy 1 8', 'receipt 1 1'], 'at the end of its life');
      cache.expireNotes(5_001);
      equal(noteNumbers(cache), ['policy 1 8'], 'after it');
      cache.putNote(noteOf('receipt', 1));
      cache.deleteNote('receipt', noteOf('receipt', 1).key);
      cache.deleteNote('receipt', noteOf('receipt', 2).key);
      equal(noteNumbers(cache), ['policy 1 8'], 'after one was taken out');
      await cache.saved();
      disk.kill();
      const again = disk.open();
      const [note] = [...again.notes()];
      equal([note?.kind, note?.expiresAt, equalBytes(note!.key, idOf(1))], ['policy', 9_000, true], 'after a kill');
      await again.close();
    },
  },
  {
    rule: 'says by the promise when the disk is full, and nothing has changed then',
    async run(disk) {
      const cache = disk.open();
      cache.put(rowOf(1), bytesOf(1));
      await cache.saved();
      disk.fill();
      const large = new Uint8Array(65_000).fill(1);
      for (let number = 2; number < 12; number++) cache.put(rowOf(number, { size: large.length }), large);
      const [failure, second] = await Promise.all([failureOf(cache.saved()), failureOf(cache.saved())]);
      equal([failure instanceof DiskFullError, second instanceof DiskFullError], [true, true], 'failures');
      equal(numbers(cache), [1], 'rows');
      await cache.saved();
      cache.delete(idOf(1));
      await failureOf(cache.saved());
      await cache.close();
    },
  },
];
