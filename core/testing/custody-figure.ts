import { type CustodyResult, type CustodyScheme, SCHEME_NAMES } from './custody-types.ts';
import { timeText } from './time-text.ts';

const WIDTH = 760;
const HEIGHT = 300;
const TOP = 44;
const PANEL = { width: 300, height: 190 } as const;
const LEFT = [60, 440] as const;
const COLOURS: Readonly<Record<CustodyScheme, string>> = {
  sender: '#9ca3af',
  root: '#f59e0b',
  pipeline: '#84cc16',
  two: '#2563eb',
  three: '#7c3aed',
};
const DASHES = ['2 3', '6 4', ''] as const;
/** Shares below this are drawn as nothing: the axis is logarithmic. */
const LEAST_SHARE = 0.0001;

/** Share lost by scheme and session time, and copies over the age of messages, as a small SVG. */
export function drawCustody(results: readonly CustodyResult[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img"`,
    `  font-family="system-ui, sans-serif" font-size="11">`,
    `  <title>Messages lost and copies kept, by scheme of custody and mean session time</title>`,
    `  <rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    ...drawLost(results),
    ...drawCopies(results),
    ...drawLegend(results),
    '</svg>',
    '',
  ].join('\n');
}

function drawLost(results: readonly CustodyResult[]): string[] {
  const [left] = LEFT;
  const bottom = TOP + PANEL.height;
  const sessions = sessionsOf(results);
  const y = (share: number) => bottom - ((Math.log10(share) + 4) / 4) * PANEL.height;
  const slot = PANEL.width / sessions.length;
  const bars = sessions.flatMap((sessionMs, group) => {
    const ofSession = results.filter(({ options }) => options.sessionMs === sessionMs);
    const width = (slot - 20) / ofSession.length;
    return ofSession.flatMap(({ options, lost, sent }, i) => {
      const x = left + group * slot + 10 + i * width;
      const share = lost / sent;
      const top = share < LEAST_SHARE ? bottom : y(share);
      const label = share === 0 ? '0' : `${Number((share * 100).toPrecision(2))}`;
      return [
        `  <rect x="${round(x)}" y="${round(top)}" width="${round(width - 2)}" height="${round(bottom - top)}" fill="${COLOURS[options.scheme]}"/>`,
        `  <text x="${round(x + width / 2 - 1)}" y="${round(top - 3)}" text-anchor="middle" font-size="9">${label}</text>`,
      ];
    });
  });
  return [
    ...frame(left, 'lost, % (logarithmic)', 'mean session time'),
    ...[0.0001, 0.001, 0.01, 0.1, 1].map(
      (share) => `  <text x="${left - 6}" y="${round(y(share) + 4)}" text-anchor="end">${share * 100}</text>`,
    ),
    ...sessions.map(
      (ms, group) =>
        `  <text x="${round(left + (group + 0.5) * slot)}" y="${bottom + 16}" text-anchor="middle">${timeText(ms)}</text>`,
    ),
    ...bars,
  ];
}

function drawCopies(results: readonly CustodyResult[]): string[] {
  const left = LEFT[1];
  const bottom = TOP + PANEL.height;
  const drawn = results.filter(({ copies }) => copies.length > 1);
  const longest = Math.max(1, ...drawn.flatMap(({ copies }) => copies.map(({ ageMs }) => ageMs)));
  const most = Math.ceil(Math.max(1, ...drawn.flatMap(({ copies }) => copies.map(({ live }) => live))));
  const x = (ageMs: number) => left + (ageMs / longest) * PANEL.width;
  const y = (copies: number) => bottom - (copies / most) * PANEL.height;
  const sessions = sessionsOf(results);
  return [
    ...frame(left, 'copies on nodes that are up', 'age of the message, days'),
    ...Array.from({ length: most + 1 }, (_, count) => count).map(
      (count) => `  <text x="${left - 6}" y="${round(y(count) + 4)}" text-anchor="end">${count}</text>`,
    ),
    ...Array.from({ length: Math.floor(longest / 86_400_000) + 1 }, (_, day) => day).map(
      (day) => `  <text x="${round(x(day * 86_400_000))}" y="${bottom + 16}" text-anchor="middle">${day}</text>`,
    ),
    ...drawn.map(({ options, copies }) => {
      const points = copies.map(({ ageMs, live }) => `${round(x(ageMs))} ${round(y(live))}`).join('L');
      const dash = DASHES[sessions.indexOf(options.sessionMs) % DASHES.length];
      return `  <path d="M${points}" fill="none" stroke="${COLOURS[options.scheme]}" stroke-dasharray="${dash}"/>`;
    }),
  ];
}

function drawLegend(results: readonly CustodyResult[]): string[] {
  const schemes = [...new Set(results.map(({ options }) => options.scheme))];
  const named = schemes.flatMap((scheme, i) => [
    `  <rect x="${LEFT[0] + i * 140}" y="${HEIGHT - 20}" width="9" height="9" fill="${COLOURS[scheme]}"/>`,
    `  <text x="${LEFT[0] + i * 140 + 14}" y="${HEIGHT - 12}">${SCHEME_NAMES[scheme]}</text>`,
  ]);
  const dashes = sessionsOf(results).map((ms, i) => `${['dotted', 'dashed', 'solid'][i % 3]}: ${timeText(ms)}`);
  return [
    ...named,
    `  <text x="${LEFT[1] + PANEL.width}" y="${TOP - 4}" text-anchor="end">${dashes.join(', ')}</text>`,
  ];
}

function frame(left: number, title: string, below: string): string[] {
  const bottom = TOP + PANEL.height;
  return [
    `  <text x="${left}" y="${TOP - 20}" font-weight="600">${title}</text>`,
    `  <path d="M${left} ${TOP}V${bottom}H${left + PANEL.width}" fill="none" stroke="#999999"/>`,
    `  <text x="${left + PANEL.width / 2}" y="${bottom + 32}" text-anchor="middle">${below}</text>`,
  ];
}

function sessionsOf(results: readonly CustodyResult[]): number[] {
  return [...new Set(results.map(({ options }) => options.sessionMs))].sort((a, b) => a - b);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
