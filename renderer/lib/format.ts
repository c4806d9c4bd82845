const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

const formats = new Map<string, Intl.DateTimeFormat>();
/** The offset for which they were made: one tells the time of its own zone for ever, also to somebody who travels. */
let zone = Number.NaN;

/** Formatters are costly to make and rows need them while scrolling. */
function dateFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const offset = new Date().getTimezoneOffset();
  if (offset !== zone) formats.clear();
  zone = offset;
  const key = JSON.stringify(options);
  const known = formats.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat(undefined, options);
  formats.set(key, made);
  return made;
}

/**
 * Makes the formatters that the list of friends needs. The first one takes a browser some 25 ms, for its tables: this is for
 * a moment in which nothing else can be done.
 */
export function prepareFormats(): void {
  fullTime(0);
  timeOfDay(0);
}

/** Hours and minutes in the person's own way. */
export function timeOfDay(at: number): string {
  return dateFormat({ timeStyle: 'short' }).format(at);
}

/** Date and time in full, for tooltips and screen readers. */
export function fullTime(at: number): string {
  return dateFormat({ dateStyle: 'full', timeStyle: 'short' }).format(at);
}

/** Date and time within a sentence: “on 26 November 2026 at 10:15”. */
export function dateAndTime(at: number): string {
  return `on ${dateFormat({ dateStyle: 'long' }).format(at)} at ${timeOfDay(at)}`;
}

/** Milliseconds since 1970 of the local midnight before `at`: equal for two times of the same day. */
export function dayOf(at: number): number {
  const day = new Date(at);
  day.setHours(0, 0, 0, 0);
  return day.getTime();
}

/** Whole local days from `at` to `now`; rounding absorbs the hour that clock changes add or take. */
function daysAgo(at: number, now: number): number {
  return Math.round((dayOf(now) - dayOf(at)) / DAY_MS);
}

/** Heading of a day in a chat. */
export function dayLabel(at: number, now: number): string {
  const days = daysAgo(at, now);
  if (days === 0) return 'Today';
  if (days === 1) return 'Yesterday';
  if (days > 1 && days < 7) return dateFormat({ weekday: 'long' }).format(at);
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return dateFormat({
    weekday: 'short',
    day: 'numeric',
    month: 'long',
    ...(sameYear ? {} : { year: 'numeric' }),
  }).format(at);
}

/** Short time for a list: clock today, weekday this week, else the date, also of a day that this clock had too early. */
export function listTime(at: number, now: number): string {
  const days = daysAgo(at, now);
  if (days === 0) return timeOfDay(at);
  if (days === 1) return 'Yesterday';
  if (days > 1 && days < 7) return dateFormat({ weekday: 'short' }).format(at);
  return dateFormat({ dateStyle: 'short' }).format(at);
}

/** “just now”, “5 minutes ago”, “yesterday at 09:12”, … */
export function ago(at: number, now: number): string {
  const passed = now - at;
  if (passed < MINUTE_MS) return 'just now';
  if (passed < HOUR_MS) return plural(Math.floor(passed / MINUTE_MS), 'minute', 'ago');
  if (daysAgo(at, now) === 0) return plural(Math.floor(passed / HOUR_MS), 'hour', 'ago');
  if (daysAgo(at, now) === 1) return `yesterday at ${timeOfDay(at)}`;
  return `on ${dateFormat({ day: 'numeric', month: 'long', year: 'numeric' }).format(at)}`;
}

/** When something ends: the clock today, else the day, with its year when that is another one. */
export function untilTime(at: number, now: number): string {
  if (dayOf(at) === dayOf(now)) return timeOfDay(at);
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return dateFormat({ day: 'numeric', month: 'short', ...(sameYear ? {} : { year: 'numeric' }) }).format(at);
}

/** “1 message”, “2 messages”, with an optional word after it. */
export function plural(count: number, word: string, after = ''): string {
  return `${count.toLocaleString()} ${word}${count === 1 ? '' : 's'}${after && ` ${after}`}`;
}

/** A number in a sign, where there is little room: “999+” for more. */
export function signNumber(count: number): string {
  return count > 999 ? '999+' : String(count);
}

/** Bytes with a decimal unit. */
export function byteSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toLocaleString(undefined, { maximumFractionDigits: unit === 0 || value >= 100 ? 0 : 1 })} ${units[unit]}`;
}

/** Room on a disk with a binary unit, as people choose it: “256 MiB”, “1 GiB”. */
export function roomSize(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1023.95 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toLocaleString(undefined, { maximumFractionDigits: unit === 0 || value >= 100 ? 0 : 1 })} ${units[unit]}`;
}

/** A duration from milliseconds: “0.8 ms”, “240 ms”, “12 s”, “4 min 05 s”. */
export function duration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
  return `${Math.floor(seconds / 3600)} h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, '0')} min`;
}
