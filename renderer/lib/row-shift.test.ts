import { expect, it } from 'vitest';
import { rowShift } from './row-shift.ts';

const shift = (before: string, after: string, first: number, last: number): number =>
  rowShift([...before], [...after], { first, last });

it.each([
  ['one from below goes up', 'abcdef', 'fabcde', 2, 3, 1],
  ['one from above goes up', 'abcdef', 'bacdef', 2, 3, 0],
  ['the first in view goes up', 'abcdef', 'cabdef', 2, 3, 0],
  ['two in view go up, one of them from below', 'abcdef', 'fcabde', 2, 4, 1],
  ['all in view go up', 'abcdef', 'dcabef', 2, 3, 0],
  ['one above is removed', 'abcdef', 'bcdef', 2, 3, -1],
  ['one in view is removed', 'abcdef', 'abdef', 2, 3, -1],
  ['one is new', 'abcdef', 'xabcdef', 2, 3, 1],
])('%s', (_, before, after, first, last, rows) => {
  expect(shift(before, after, first, last)).toBe(rows);
});
