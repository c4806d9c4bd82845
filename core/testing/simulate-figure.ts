import type { DhtMeasurement } from './simulate-dht.ts';

const WIDTH = 640;
const HEIGHT = 280;
const PANEL = { width: 240, height: 180, top: 40 } as const;
const PANEL_LEFT = [50, 370] as const;
/** Room between the axes and the outermost points. */
const INSET = 12;

export interface Line {
  readonly slope: number;
  readonly intercept: number;
}

/** The straight line through the points with the least squared errors; x must not be the same everywhere. */
export function fitLine(points: readonly (readonly [x: number, y: number])[]): Line {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  let products = 0;
  let squares = 0;
  for (const [x, y] of points) {
    products += (x - meanX) * (y - meanY);
    squares += (x - meanX) ** 2;
  }
  const slope = products / squares;
  return { slope, intercept: meanY - slope * meanX };
}

interface Panel {
  readonly left: number;
  readonly title: string;
  readonly points: readonly (readonly [nodes: number, value: number])[];
}

/** Hops and requests of a lookup over the number of nodes, as a small SVG with the fitted logarithm beside them. */
export function drawHops(measurements: readonly DhtMeasurement[]): string {
  const hops = measurements.map(({ nodes, hops: value }) => [nodes, value] as const);
  const requests = measurements.map(({ nodes, requests: value }) => [nodes, value] as const);
  const sizes = measurements.map(({ nodes }) => nodes.toLocaleString('en')).join(', ');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img"`,
    `  font-family="system-ui, sans-serif" font-size="12">`,
    `  <title>Hops and requests of a lookup in networks of ${sizes} nodes</title>`,
    `  <rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    ...drawPanel({ left: PANEL_LEFT[0], title: 'hops to the closest node', points: hops }),
    ...drawPanel({ left: PANEL_LEFT[1], title: 'requests of a lookup', points: requests }),
    '</svg>',
    '',
  ].join('\n');
}

function drawPanel({ left, title, points }: Panel): string[] {
  const { width, height, top } = PANEL;
  const bottom = top + height;
  const logs = points.map(([nodes]) => Math.log2(nodes));
  const [first, last] = [Math.min(...logs), Math.max(...logs)];
  const ceiling = niceCeiling(Math.max(...points.map(([, value]) => value)));
  const x = (nodes: number) => left + INSET + ((Math.log2(nodes) - first) / (last - first)) * (width - 2 * INSET);
  const y = (value: number) => bottom - (value / ceiling) * height;
  const line = fitLine(points.map(([nodes, value]) => [Math.log2(nodes), value]));
  const at = (nodes: number) => y(Math.max(0, line.intercept + line.slope * Math.log2(nodes)));
  const [smallest, largest] = [points[0]![0], points.at(-1)![0]];
  const sign = line.intercept < 0 ? '−' : '+';
  const formula = `${line.slope.toFixed(2)} log₂ N ${sign} ${Math.abs(line.intercept).toFixed(1)}`;
  return [
    `  <g fill="#444444">`,
    `    <text x="${left}" y="${top - 18}" font-weight="600">${title}</text>`,
    `    <path d="M${left} ${top}V${bottom}H${left + width}" fill="none" stroke="#999999"/>`,
    ...[0, ceiling / 2, ceiling].map(
      (value) => `    <text x="${left - 6}" y="${round(y(value) + 4)}" text-anchor="end">${value}</text>`,
    ),
    ...points.map(
      ([nodes]) =>
        `    <text x="${round(x(nodes))}" y="${bottom + 16}" text-anchor="middle">${nodes.toLocaleString('en')}</text>`,
    ),
    `    <text x="${left + width / 2}" y="${bottom + 34}" text-anchor="middle">nodes (N)</text>`,
    `  </g>`,
    `  <path d="M${round(x(smallest))} ${round(at(smallest))}L${round(x(largest))} ${round(at(largest))}" stroke="#c2410c" stroke-dasharray="5 4"/>`,
    `  <text x="${left + width}" y="${top - 4}" text-anchor="end" fill="#c2410c">${formula}</text>`,
    ...points.map(
      ([nodes, value]) => `  <circle cx="${round(x(nodes))}" cy="${round(y(value))}" r="4.5" fill="#2563eb"/>`,
    ),
    ...points.map(
      ([nodes, value]) =>
        `  <text x="${round(x(nodes))}" y="${round(y(value) - 10)}" text-anchor="middle" fill="#2563eb">${value.toFixed(1)}</text>`,
    ),
  ];
}

/** The next larger number that reads well on an axis and whose half does too. */
export function niceCeiling(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(value));
  for (const factor of [1, 2, 4, 6, 8]) if (factor * unit > value * 1.05) return factor * unit;
  return 10 * unit;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
