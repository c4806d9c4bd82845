import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MIGRATIONS } from './migrate.ts';
import { foldedSearch } from './migrations/0007-folded-search.ts';
import { openDatabase } from './open-database.ts';
import type { Store } from './store.ts';
import { addFriend, KEY, receive, StoreFolder, send } from './testing/store-folder.ts';

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

  it('finds letters of the same meaning, and shows them as they were written', () => {
    const store = stores.open();
    const { id: friend } = addFriend(store);
    const written = ['an ＡＢＣ of ２', 'an oﬃce', 'ΟΔΟΣ', 'οδός ok', 'Hauptstraße 5'];
    store.batch((write) => {
      for (const text of written) send(write, friend, text);
    });
    const hits = (query: string) => find(store, query).map((hit) => hit.message.text);
    for (const query of ['abc of', 'ａｂｃ', 'ABＣ']) expect(hits(query)).toEqual([written[0]]);
    for (const query of ['office', 'OﬃCE']) expect(hits(query)).toEqual([written[1]]);
    for (const query of ['οδός', 'ΟΔΟΣ', 'οδοσ']) expect(hits(query)).toEqual([written[3], written[2]]);
    for (const query of ['HAUPTSTRASSE', 'hauptstraße 5']) expect(hits(query)).toEqual([written[4]]);
    expect(find(store, 'hauptstrasse')[0]!.snippet).toEqual([
      { text: 'Hauptstraße', match: true },
      { text: ' 5', match: false },
    ]);
    expect(store.verify()).toEqual([]);
    const [gone] = find(store, 'hauptstrasse');
    store.batch((write) => write.messages.delete(gone!.message));
    expect(hits('hauptstrasse')).toEqual([]);
    expect(store.verify()).toEqual([]);
  });

  it('marks the words that were found, whatever letters stand before them', () => {
    const store = stores.inMemory();
    const { id: friend } = addFriend(store);
    // Without full stops: of "1.ss" the tokenizer makes one word, of "1.ß" two.
    const letters = fc.constantFrom(...'ßẞςΣﬁﬅ１Ａｚ', ...'aZ1 \u0301-ア東');
    const before = fc.string({ unit: letters, maxLength: 12 });
    fc.assert(
      fc.property(before, (noise) => {
        const row = store.batch((write) => send(write, friend, `${noise} wanted`));
        const [hit] = find(store, 'wanted');
        store.batch((write) => write.messages.delete(row));
        expect(hit!.snippet.filter(({ match }) => match)).toEqual([{ text: 'wanted', match: true }]);
        expect(find(store, 'wanted')).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('is made anew from a profile of before, where letters stood as they were written', () => {
    const store = stores.open();
    const { id: friend } = addFriend(store);
    store.batch((write) => send(write, friend, 'Hauptstraße'));
    expect(find(store, 'hauptstraße')).toHaveLength(1);
    store.close();
    const sql = openDatabase({ path: stores.path, key: KEY });
    sql.exec(`INSERT INTO search (search) VALUES ('delete-all');
      INSERT INTO search (rowid, text) SELECT id, text FROM messages`);
    sql.exec(foldedSearch);
    sql.close();
    expect(MIGRATIONS).toContain(foldedSearch);
    const again = stores.open();
    expect(find(again, 'hauptstrasse')).toHaveLength(1);
    const [message] = again.read.messages.page({ friend, limit: 1 });
    again.batch((write) => write.messages.delete(message!));
    expect(find(again, 'hauptstraße')).toEqual([]);
    expect(again.verify()).toEqual([]);
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

  it('tells all places of a query in a long message, words as in the list of hits, and signs', () => {
    const store = stores.open();
    const { id: friend } = addFriend(store);
    const text = `Straße 🎉 ${'far away '.repeat(200)}the STRASSE goes on, 🎉 and strassenbahn, astrasse`;
    const row = store.batch((write) => send(write, friend, text));
    const places = (query: string) =>
      store.hitPlaces({ query, marker: 'k3v9x2q1' }, row).map(({ start, end }) => text.slice(start, end));
    expect(find(store, 'strasse')[0]!.snippet.filter(({ match }) => match)).toHaveLength(1);
    expect(places('strasse')).toEqual(['Straße', 'STRASSE', 'strassenbahn']);
    expect(places('strasse 🎉')).toEqual(['Straße', '🎉', 'STRASSE', '🎉', 'strassenbahn']);
    expect(places('🎉')).toEqual(['🎉', '🎉']);
    expect(places('goes on')).toEqual(['goes', 'on']);
    expect(places('away')).toHaveLength(200);
    expect(places('a')).toHaveLength(202);
    expect(places('nowhere')).toEqual([]);
    expect(places('')).toEqual([]);
    const many = store.batch((write) => send(write, friend, 'ab '.repeat(5_000)));
    expect(find(store, 'ab')).toHaveLength(1);
    expect(store.hitPlaces({ query: 'ab', marker: 'k3v9x2q1' }, many)).toHaveLength(500);
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
        expect(find(store, query)).toHaveLength(store.countHits({ query }));
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

  it('goes on before and after any message, of one chat or all, and counts what there is', () => {
    const store = stores.open();
    const [ann, bob] = [addFriend(store, 1), addFriend(store, 2)];
    const said: { id: number; friend: number; text: string }[] = [];
    const say = (text: string, friend: number) => said.push(store.batch((write) => send(write, friend, text)));
    for (let i = 0; i < 40; i++)
      say(`${i % 3 === 0 ? 'horn' : 'bell'} ${i} ${i % 2 === 0 ? '🎉' : '😀'}`, i % 4 === 0 ? bob.id : ann.id);
    store.batch((write) =>
      write.deletions.hide(write.messages.page({ friend: ann.id, limit: 50 })[3]!, { deletedAt: 5, withdrawn: false }),
    );
    const hidden = (id: number) => store.read.deletions.hides(id);
    for (const [query, fits] of [
      ['horn', (text: string) => text.startsWith('horn')],
      ['🎉', (text: string) => text.endsWith('🎉')],
      ['horn 🎉', (text: string) => /^horn.*🎉$/u.test(text)],
    ] as const)
      for (const friend of [undefined, ann.id]) {
        const all = said
          .filter((row) => fits(row.text) && !hidden(row.id) && (friend === undefined || row.friend === friend))
          .map(({ id }) => id)
          .reverse();
        const ids = (cursor: { before?: number; after?: number }, limit = 4) =>
          store.search({ query, friend, limit, marker: 'k3v9x2q1', ...cursor }).map((hit) => hit.message.id);
        expect(store.countHits({ query, friend })).toBe(all.length);
        for (const { id } of said) {
          expect(ids({ before: id })).toEqual(all.filter((hit) => hit < id).slice(0, 4));
          expect(ids({ after: id })).toEqual(all.filter((hit) => hit > id).slice(-4));
          expect(ids({ after: id, before: id + 9 }, 50)).toEqual(all.filter((hit) => hit > id && hit < id + 9));
          expect(store.countHits({ query, friend, after: id })).toBe(all.filter((hit) => hit > id).length);
        }
      }
    for (const nothing of ['', '***', '!?']) expect(store.countHits({ query: nothing })).toBe(0);
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
