import { expect, it } from 'vitest';
import { isVisible } from './visible.ts';

it.each([
  '',
  ' \t\n\u00a0\u3000',
  '\u200b',
  '\ufeff',
  '\u2060',
  '\0',
  '\u0007\u009f',
  '\u202e\u2069',
  '\u00ad',
  '\u2028',
])('shows nothing (%j)', (text) => expect(isVisible(text)).toBe(false));

it.each(['\u200d', '\ufe0f', '\u3164', '\u2800', '\u115f', '\u{e0041}', '\ufff9\ufffb', '\u{13430}'])(
  'shows nothing by itself (%j)',
  (text) => expect(isVisible(text)).toBe(false),
);

it.each(['a', '.', '👩‍💻', 'می‌خواهم', '\u200b.', '\u0301', '\u06dd', '\ufffd', '\ud800', '❤️'])(
  'shows something (%j)',
  (text) => expect(isVisible(text)).toBe(true),
);
