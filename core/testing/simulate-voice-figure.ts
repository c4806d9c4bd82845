import { niceCeiling } from './simulate-figure.ts';
import type { VoiceMeasurement } from './simulate-voice.ts';

const WIDTH = 760;
const ROW = { height: 26, top: 54, left: 110, width: 230 } as const;
const PLOT = { left: 430, top: 54, width: 230 } as const;
/** One for each path, told apart also by their place in the legend. */
const COLOURS = ['#2563eb', '#0d9488', '#65a30d', '#ca8a04', '#c2410c', '#be185d', '#7c3aed'] as const;

const round = (value: number) => Math.round(value * 10) / 10;

/** Mouth-to-ear delay of each path, and the wanted depth of the buffer over time, as a small SVG. */
export function drawVoice(measurements: readonly VoiceMeasurement[]): string {
  const bottom = ROW.top + ROW.height * measurements.length;
  const height = bottom + 50;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img"`,
    `  font-family="system-ui, sans-serif" font-size="12">`,
    `  <title>Mouth-to-ear delay and depth of the jitter buffer on ${measurements.map(({ name }) => name).join(', ')}</title>`,
    `  <rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...drawDelays(measurements, bottom),
    ...drawDepth(measurements, bottom),
    '</svg>',
    '',
  ].join('\n');
}

function drawDelays(measurements: readonly VoiceMeasurement[], bottom: number): string[] {
  const ceiling = niceCeiling(Math.max(...measurements.map(({ p95Ms }) => p95Ms)));
  const x = (ms: number) => round(ROW.left + (ms / ceiling) * ROW.width);
  return [
    `  <g fill="#444444">`,
    `    <text x="${ROW.left}" y="${ROW.top - 24}" font-weight="600">mouth to ear, ms: p50 (full), p95 (pale)</text>`,
    `    <path d="M${ROW.left} ${ROW.top - 6}V${bottom}H${ROW.left + ROW.width}" fill="none" stroke="#999999"/>`,
    ...[0, ceiling / 2, ceiling].map(
      (ms) => `    <text x="${x(ms)}" y="${bottom + 16}" text-anchor="middle">${ms}</text>`,
    ),
    `  </g>`,
    ...measurements.flatMap(({ name, p50Ms, p95Ms }, i) => {
      const y = ROW.top + ROW.height * i;
      const bar = (ms: number, opacity: number) =>
        `  <rect x="${ROW.left}" y="${y}" width="${round(x(ms) - ROW.left)}" height="16" fill="${COLOURS[i % COLOURS.length]}" opacity="${opacity}"/>`;
      return [
        `  <text x="${ROW.left - 8}" y="${y + 12}" text-anchor="end" fill="#444444">${name}</text>`,
        bar(p95Ms, 0.3),
        bar(p50Ms, 1),
        `  <text x="${x(p95Ms) + 4}" y="${y + 12}" fill="#444444">${p50Ms.toFixed(0)} / ${p95Ms.toFixed(0)}</text>`,
      ];
    }),
  ];
}

function drawDepth(measurements: readonly VoiceMeasurement[], bottom: number): string[] {
  const points = measurements.flatMap(({ depth }) => depth);
  const ceiling = niceCeiling(Math.max(...points.map(([, ms]) => ms)));
  const seconds = Math.max(...points.map(([at]) => at));
  const x = (at: number) => round(PLOT.left + (at / seconds) * PLOT.width);
  const y = (ms: number) => round(bottom - (ms / ceiling) * (bottom - PLOT.top));
  return [
    `  <g fill="#444444">`,
    `    <text x="${PLOT.left}" y="${PLOT.top - 24}" font-weight="600">wanted depth of the jitter buffer, ms</text>`,
    `    <path d="M${PLOT.left} ${PLOT.top - 6}V${bottom}H${PLOT.left + PLOT.width}" fill="none" stroke="#999999"/>`,
    ...[0, ceiling / 2, ceiling].map(
      (ms) => `    <text x="${PLOT.left - 6}" y="${y(ms) + 4}" text-anchor="end">${ms}</text>`,
    ),
    ...[0, seconds / 2, seconds].map(
      (at) => `    <text x="${x(at)}" y="${bottom + 16}" text-anchor="middle">${Math.round(at)}</text>`,
    ),
    `    <text x="${PLOT.left + PLOT.width / 2}" y="${bottom + 34}" text-anchor="middle">s of the call</text>`,
    `  </g>`,
    ...measurements.flatMap(({ name, depth }, i) => {
      const colour = COLOURS[i % COLOURS.length];
      const path = depth.map(([at, ms], n) => `${n === 0 ? 'M' : 'L'}${x(at)} ${y(ms)}`).join('');
      const legend = `x="${PLOT.left + PLOT.width + 12}" y="${PLOT.top + 12 + 20 * i}"`;
      return [
        `  <path d="${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>`,
        `  <text ${legend} fill="${colour}">${name}</text>`,
      ];
    }),
  ];
}
