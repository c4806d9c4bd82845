import { expect, test } from 'vitest';
import { app, Tray } from './testing/electron-double.ts';
import { showUnread } from './unread.ts';

const shown = (count: unknown) => {
  const tray = new Tray({ path: 'icon.png' });
  app.badge = -1;
  showUnread(count, { app, tray });
  return [tray.tooltip, app.badge];
};

test.each([
  [0, 'Parley'],
  [1, 'Parley: 1 unread message'],
  [3, 'Parley: 3 unread messages'],
])('%i unread messages stand at the tray and as a badge', (count, tooltip) => {
  expect(shown(count)).toEqual([tooltip, count]);
});

test.each([[-1], [0.5], [Number.NaN], [2 ** 60], ['3'], [null], [undefined], [{}]])('%j is no count', (value) => {
  expect(shown(value)).toEqual(['', -1]);
});

test('without a tray there is still the badge', () => {
  showUnread(7, { app, tray: undefined });
  expect(app.badge).toBe(7);
});
