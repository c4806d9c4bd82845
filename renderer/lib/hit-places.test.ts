import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SearchHit } from '../../core/api/views.ts';
import { makeMessage } from '../testing/fake-data.ts';
import { cutAtPlaces, hitPlaces } from './hit-places.ts';

/** Words in brackets are marked in the snippet. */
function hit(text: string, snippet: string): SearchHit {
  const pieces = snippet.split(/[[\]]/u).map((piece, i) => ({ text: piece, match: i % 2 === 1 }));
  return { message: makeMessage({ friend: 'f', order: 1, text }), snippet: pieces };
}

const found = (text: string, snippet: string) =>
  hitPlaces(hit(text, snippet)).map(({ start, end }) => [start, text.slice(start, end)]);

describe('the places of a hit', () => {
  it('are found by the text round them, whether it is cut or not', () => {
    expect(found('the key and the clock', '[the] key and [the] clock')).toEqual([
      [0, 'the'],
      [12, 'the'],
    ]);
    expect(found('a key, the other key hangs', '…the other [key] hangs')).toEqual([[17, 'key']]);
    expect(found('one key hangs here', 'one [key]…')).toEqual([[4, 'key']]);
    expect(found('where one key hangs here', '…one [key] hangs…')).toEqual([[10, 'key']]);
    expect(found('…dots of its own', '…dots [of] its')).toEqual([[6, 'of']]);
    expect(found('something else', 'a [key]')).toEqual([]);
  });

  it('cut a text into pieces that give it again', () => {
    expect(
      cutAtPlaces('abcdef', 10, [
        { start: 8, end: 11 },
        { start: 13, end: 14 },
        { start: 20, end: 22 },
      ]),
    ).toEqual([
      { text: 'a', hit: true },
      { text: 'bc', hit: false },
      { text: 'd', hit: true },
      { text: 'ef', hit: false },
    ]);
    const place = fc.tuple(fc.nat(30), fc.nat(10)).map(([start, length]) => ({ start, end: start + length }));
    fc.assert(
      fc.property(fc.string(), fc.nat(20), fc.array(place), (text, from, places) => {
        expect(
          cutAtPlaces(text, from, places)
            .map((piece) => piece.text)
            .join(''),
        ).toBe(text);
      }),
    );
  });
});
