import { mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Store } from './store.ts';
import { addFriend, KEY, receive, StoreFolder } from './testing/store-folder.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-damage-'));
  const stores = new StoreFolder({ folder, copy: () => {} });
  path = stores.path;
  const store = stores.open();
  const { id } = addFriend(store);
  store.batch((write) => {
    for (let i = 0; i < 500; i++) receive(write, id, `message ${i} ${'x'.repeat(200)}`);
  });
  stores.close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a database that is cut while it is open', () => {
  it('is told with every request, and never taken for one without friends', () => {
    const told: string[] = [];
    const options = { path, key: KEY, deviceTag: () => new Uint8Array(8), wall: () => 1_000 };
    const store = new Store({ ...options, expected: true, damaged: () => told.push('damaged') });
    truncateSync(path, Math.floor(statSync(path).size / 4));
    for (let i = 0; i < 3; i++) {
      expect(() => store.read.friends.all()).toThrow(expect.objectContaining({ code: 'database-corrupt' }));
      expect(() => store.read.friends.byId(1)).toThrow(expect.objectContaining({ code: 'database-corrupt' }));
    }
    expect(told).toHaveLength(6);
    try {
      store.close();
    } catch (error) {
      expect(error).toMatchObject({ code: 'database-corrupt' });
    }
  });
});
