import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestDisk } from '../../messenger/testing/people.ts';

/** A folder of this computer for the databases of a World, which removes it in the end. For tests. */
export function testDisk(flushMs?: number): TestDisk {
  const folder = mkdtempSync(join(tmpdir(), 'parley-people-'));
  return {
    folder,
    copy: (from, to) => existsSync(from) && copyFileSync(from, to),
    remove: () => rmSync(folder, { recursive: true, force: true }),
    flushMs,
  };
}
