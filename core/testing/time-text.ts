export const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Two digits and a unit. */
export function timeText(ms: number): string {
  if (ms < UNIT_MS.s) return `${ms.toFixed(0)} ms`;
  const [unit, divisor] = (Object.entries(UNIT_MS) as [string, number][])
    .reverse()
    .find(([, value]) => ms >= value) ?? ['s', UNIT_MS.s];
  const value = ms / divisor;
  return `${Number(value.toPrecision(value < 10 ? 2 : 3))} ${unit === 'm' ? 'min' : unit}`;
}
