import type { Results } from './results.ts';
import { layOut, number } from './table.ts';
import {
  BUSY_METRIC,
  drift,
  MOMENTS,
  slowness,
  YARDSTICK_PEER,
  YARDSTICKS,
  type YardstickName,
  yardstickAt,
} from './yardsticks.ts';

/** Logarithm of the change between before and after that is too much: a third more or a quarter less. */
const DRIFT = Math.log(4 / 3);
/** Yardsticks that repeat well while nothing else runs; a p99 does not. */
const STEADY: readonly YardstickName[] = ['round trip p50', 'short packets', 'long packets', 'commit', 'npm'];
/** Percent of the processors that a computer on which nobody works does not need for itself. */
const BUSY_PERCENT = 10;
const HEAD = ['the machine without our code', 'machine of the goals', 'before', 'after', 'time here'];

/** What the machine did without our code, beside the machine of the goals, and warnings; empty if not measured. */
export function formatMachine(results: Results): string {
  const names = (Object.keys(YARDSTICKS) as YardstickName[]).filter((name) =>
    MOMENTS.some((moment) => yardstickAt(results, name, moment) !== undefined),
  );
  if (names.length === 0) return '';
  const rows = names.map((name) => cells(results, name));
  const warnings = [...unsteady(results, names), ...busy(results)].map((text) => `WARNING, rough figures: ${text}\n`);
  return `${layOut([HEAD, HEAD.map(() => '---'), ...rows])}${warnings.join('')}`;
}

function cells(results: Results, name: YardstickName): string[] {
  const { work, unit, recorded } = YARDSTICKS[name];
  const figure = (value: number | undefined) => (value === undefined ? '' : `${number(value)} ${unit}`);
  const times = recorded === undefined ? undefined : slowness(results, [name]);
  const moments = MOMENTS.map((moment) => figure(yardstickAt(results, name, moment)));
  return [work, figure(recorded), ...moments, times === undefined ? '' : `${number(times)}x`];
}

function unsteady(results: Results, names: readonly YardstickName[]): string[] {
  return names
    .filter((name) => STEADY.includes(name) && Math.abs(Math.log(drift(results, name) ?? 1)) > DRIFT)
    .map((name) => `not steady: ${YARDSTICKS[name].work}`);
}

function busy(results: Results): string[] {
  return MOMENTS.flatMap((moment) => {
    const percent = results.value(BUSY_METRIC, moment, YARDSTICK_PEER) ?? 0;
    return percent > BUSY_PERCENT ? [`others took ${number(percent)} % of the processors ${moment}`] : [];
  });
}
