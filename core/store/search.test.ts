import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from './store.ts';
import { addFriend, receive, StoreFolder, send } from './testing/store-folder.ts';

let folder: string;
let stores: StoreFolder;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-store-'));
  stores = new StoreFolder({ folder, copy: (from, to) => existsSync(from) && copyFileSync(from, to) });
});
afterEach(() => {
  stores.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('search', () => {
  const find = (store: Store, query: string, friend?: number) =>
    store.search({ query, friend, limit: 10, marker: 'k3v9x2q1' });

  it('finds words without regard to case and accents, beginnings of the last word, and ideographs', () => {
    const store = stores.open();
    const { id: friend } = addFriend(store);
    store.batch((write) => {
      for (const text of ['Hello Wörld', 'the naïve world', '東京都に住んでいます', 'привет мир'])
        send(write, friend, text);
    });
    const texts = (query: string) => find(store, query).map((hit) => hit.message.text);
    expect(texts('WORLD')).toEqual(['the naïve world', 'Hello Wörld']);
    expect(texts('hello wor')).toEqual(['Hello Wörld']);
    expect(texts('hel world')).toEqual([]);
    expect(texts('京都')).toEqual(['東京都に住んでいます']);
    expect(texts('ПРИ')).toEqual(['привет мир']);
    expect(find(store, 'world naive')[0]!.snippet).toEqual([
      { text: 'the ', match: false },
      { text: 'naïve', match: true },
      { text: ' ', match: false },
      { text: 'world', match: true },
    ]);
  });

  it('finds emoji, alone and beside words, newest first', () => {
    const store = stores.open();
    const [ann, bob] = [addFriend(store, 1), addFriend(store, 2)];
    store.batch((write) => {
      for (const text of ['hi 😀 there', 'hello 🎉', `${'long '.repeat(60)}👍🏽 ${'long '.repeat(60)}`, 'I ❤\ufe0f it'])
        send(write, ann.id, text);
      send(write, bob.id, 'hello 😀😀 again 🎉');
    });
    const texts = (query: string, friend?: number) => find(store, query, friend).map((hit) => hit.message.text);
    expect(texts('😀')).toEqual(['hello 😀😀 again 🎉', 'hi 😀 there']);
    expect(texts('😀', ann.id)).toEqual(['hi 😀 there']);
    expect(texts('🎉 😀')).toEqual(['hello 😀😀 again 🎉']);
    expect(texts('hello 😀')).toEqual(['hello 😀😀 again 🎉']);
    expect(texts('hello 🎉', ann.id)).toEqual(['hello 🎉']);
    expect(texts('❤\ufe0f')).toEqual(['I ❤\ufe0f it']);
    expect(texts('🦄')).toEqual([]);
    const [before, sign, after] = find(store, '👍')[0]!.snippet;
    expect([before!.text, sign, after!.text]).toEqual([
      `…${'long '.repeat(12)}`,
      { text: '👍', match: true },
      `🏽 ${'long '.repeat(12).slice(0, 58)}…`,
    ]);
  });

  it('takes no word for its query language, and no text for its marks', () => {
    const store = stores.open();
    const { id: friend } = addFriend(store);
    store.batch((write) => send(write, friend, 'say "hi" AND <b>x</b> OR NEAR(text:hi) <k3v9x2q1> end'));
    for (const query of ['"hi', 'AND', 'NEAR(', 'text:hi', 'hi" OR "x', '^hi', 'hi*', '-hi', '{hi}', 'x\0'])
      expect(find(store, query)).toHaveLength(1);
    for (const query of ['', ' ', '***', '"', '!?']) expect(find(store, query)).toHaveLength(0);
    const whole = find(store, 'end')[0]!
      .snippet.map((piece) => piece.text)
      .join('');
    expect(whole).toContain('<b>x</b>');
  });

  it('never fails, whatever is typed', () => {
    const store = stores.inMemory();
    const { id: friend } = addFriend(store);
    store.batch((write) => send(write, friend, 'some text'));
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (query) => {
        expect(Array.isArray(find(store, query))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('sees what was stored a moment ago, forgets what was deleted, and skips removed friends', () => {
    const store = stores.open();
    const [a, b] = [addFriend(store, 1), addFriend(store, 2)];
    const row = store.batch((write) => send(write, a.id, 'apple one'));
    store.batch((write) => receive(write, b.id, 'apple two'));
    expect(find(store, 'apple')).toHaveLength(2);
    expect(find(store, 'apple', a.id).map((hit) => hit.message.text)).toEqual(['apple one']);
    store.batch((write) => write.messages.delete(row));
    expect(find(store, 'apple').map((hit) => hit.message.text)).toEqual(['apple two']);
    store.batch((write) => write.friends.update(b.id, { removedAt: 5 }));
    expect(find(store, 'apple')).toEqual([]);
  });

  it('goes on where it was after a restart', () => {
    const store = stores.open();
    const { id: friend } = addFriend(store);
    store.batch((write) => {
      for (let i = 0; i < 10; i++) send(write, friend, `word${i}`);
    });
    expect(store.index(4)).toBe(true);
    const copy = stores.afterPowerCut(store);
    expect(copy.index(4)).toBe(true);
    expect(copy.index(4)).toBe(true);
    expect(copy.index(4)).toBe(false);
    expect(find(copy, 'word9')).toHaveLength(1);
    expect(find(copy, 'word')).toHaveLength(10);
  });
});
