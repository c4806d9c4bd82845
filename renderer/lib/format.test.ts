import { describe, expect, it, onTestFinished } from 'vitest';
import {
  ago,
  byteSize,
  dayLabel,
  dayOf,
  duration,
  fullTime,
  listTime,
  plural,
  roomSize,
  signNumber,
  timeOfDay,
  untilTime,
} from './format.ts';

const at = (day: number, hour: number, minute = 0) => new Date(2026, 2, day, hour, minute).getTime();
const NOW = at(20, 15);

it('the time follows the time zone of the system', () => {
  const { TZ } = process.env;
  onTestFinished(() => {
    if (TZ === undefined) delete process.env.TZ;
    else process.env.TZ = TZ;
  });
  const told = ['Europe/Berlin', 'Asia/Tokyo'].map((zone) => {
    process.env.TZ = zone;
    return [timeOfDay(NOW), new Intl.DateTimeFormat(undefined, { timeStyle: 'short' }).format(NOW)];
  });
  expect(told[0]).not.toEqual(told[1]);
  for (const [shown, right] of told) expect(shown).toBe(right);
});

it('a number in a sign has at most three digits', () => {
  expect([0, 1, 999, 1_000, 250_000].map(signNumber)).toEqual(['0', '1', '999', '999+', '999+']);
});

describe('dayLabel', () => {
  it('names the last days and dates the others', () => {
    expect(dayLabel(at(20, 0), NOW)).toBe('Today');
    expect(dayLabel(at(19, 23, 59), NOW)).toBe('Yesterday');
    expect(dayLabel(at(17, 12), NOW)).toBe(new Intl.DateTimeFormat(undefined, { weekday: 'long' }).format(at(17, 12)));
    expect(dayLabel(at(1, 12), NOW)).not.toContain('2026');
    expect(dayLabel(new Date(2024, 1, 1).getTime(), NOW)).toContain('2024');
  });

  it('counts calendar days, not spans of 24 hours', () => {
    expect(dayLabel(at(19, 23, 59), at(20, 0, 1))).toBe('Yesterday');
    expect(dayOf(at(20, 0))).toBe(dayOf(at(20, 23, 59)));
    expect(dayOf(at(20, 0))).not.toBe(dayOf(at(19, 23, 59)));
  });
});

it('timeOfDay is written as in a whole date', () => {
  expect(fullTime(at(20, 7, 5))).toContain(timeOfDay(at(20, 7, 5)));
});

it('listTime shortens with age', () => {
  expect(listTime(at(20, 9), NOW)).toBe(timeOfDay(at(20, 9)));
  expect(listTime(at(19, 9), NOW)).toBe('Yesterday');
  expect(listTime(at(16, 9), NOW)).not.toMatch(/\d/u);
  expect(listTime(at(1, 9), NOW)).toMatch(/\d/u);
});

it('listTime dates what a clock that was wrong put into the days to come', () => {
  expect(listTime(at(21, 15), NOW)).not.toBe(timeOfDay(at(21, 15)));
  expect(listTime(at(21, 15), NOW)).toMatch(/\d/u);
});

it('ago says how long it was', () => {
  expect(ago(NOW - 20_000, NOW)).toBe('just now');
  expect(ago(NOW - 60_000, NOW)).toBe('1 minute ago');
  expect(ago(NOW - 59 * 60_000, NOW)).toBe('59 minutes ago');
  expect(ago(NOW - 3 * 3_600_000, NOW)).toBe('3 hours ago');
  expect(ago(at(19, 9), NOW)).toBe(`yesterday at ${timeOfDay(at(19, 9))}`);
  expect(ago(at(1, 9), NOW)).toContain('2026');
  expect(ago(NOW + 5_000, NOW)).toBe('just now');
});

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_000, '1 kB'],
  [12_345, '12.3 kB'],
  [999_949, '1 MB'],
  [1_834_221, '1.8 MB'],
  [2e15, '2,000 TB'],
])('byteSize(%d) is %s', (bytes, text) => {
  expect(byteSize(bytes)).toBe(text);
});

it.each([
  [0.44, '0.4 ms'],
  [240, '240 ms'],
  [12_000, '12 s'],
  [245_000, '4 min 05 s'],
  [3_720_000, '1 h 02 min'],
])('duration(%d) is %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

it('plural counts', () => {
  expect(plural(1, 'node')).toBe('1 node');
  expect(plural(2, 'minute', 'ago')).toBe('2 minutes ago');
});

it('untilTime is a clock today, a day later on, and a year when it is another', () => {
  expect(untilTime(at(20, 18), NOW)).toBe(timeOfDay(at(20, 18)));
  const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' }).format(at(28, 1));
  expect(untilTime(at(28, 1), NOW)).toBe(day);
  expect(untilTime(new Date(2027, 0, 2).getTime(), NOW)).toContain('2027');
});

it('roomSize counts in powers of 1024', () => {
  const mib = 1024 ** 2;
  expect([0, 1_023, 1_024, 64 * mib, 256 * mib, 1_024 * mib, 1.5 * 1024 ** 3].map(roomSize)).toEqual([
    '0 bytes',
    `${(1_023).toLocaleString()} bytes`,
    '1 KiB',
    '64 MiB',
    '256 MiB',
    '1 GiB',
    `${(1.5).toLocaleString()} GiB`,
  ]);
  expect(roomSize(1_024 * mib - 1)).toBe('1 GiB');
});
