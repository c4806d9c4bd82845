import { describe, expect, it } from 'vitest';
import { makeMessage } from '../testing/fake-data.ts';
import { fitsBelow } from './fits-below.ts';
import { rowsOf } from './rows.ts';

const VIEW = { width: 1280, height: 800, letter: 16 };
const fits = (texts: readonly string[], from = 0, view = VIEW) => {
  const messages = texts.map((text, order) => makeMessage({ friend: 'f', order, text, id: `m${order}` }));
  return fitsBelow(rowsOf(messages, null), `m${from}`, view);
};

describe('the messages from one on', () => {
  it('fit into the view when they are few and short', () => {
    expect(fits(['hello'])).toBe(true);
    expect(fits(['one', 'two', 'three'])).toBe(true);
    expect(fits([...Array(50).fill('before'), 'new'], 50)).toBe(true);
  });

  it('do not where they may be higher than it, or are not there', () => {
    expect(fits(Array(12).fill('new'))).toBe(false);
    expect(fits(['x'.repeat(700)])).toBe(false);
    expect(fits(['a\n'.repeat(20)])).toBe(false);
    expect(fits(['🎉', '🎉', '🎉'])).toBe(false);
    expect(fits(['hello'], 0, { ...VIEW, letter: 48 })).toBe(false);
    expect(fits(['hello'], 0, { ...VIEW, height: 256 })).toBe(false);
    expect(fits(['hello'], 1)).toBe(false);
  });
});
