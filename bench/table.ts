import { GOALS, type Goal, type ToxFigure } from './goals.ts';
import type { Results } from './results.ts';
import { slowness } from './yardsticks.ts';

export type Verdict = 'met' | 'MISSED' | '';

/** The line's figure against its goal; empty without a goal or a figure. */
export function verdictOf({ goal, better }: Pick<Goal, 'goal' | 'better'>, value: number | undefined): Verdict {
  if (goal === undefined || value === undefined) return '';
  return (better === 'lower' ? value <= goal : value >= goal) ? 'met' : 'MISSED';
}

/** The table of all that was measured, in Markdown with padded columns. */
export function formatTable(results: Results): string {
  const rows = GOALS.filter((goal) => results.samples(goal.metric, goal.mode).length > 0).map((goal) => [
    workText(results, goal),
    `${figures(results.samples(goal.metric, goal.mode))} ${goal.unit}`.trim(),
    goal.goal === undefined ? '' : `${goal.better === 'lower' ? 'at most' : 'at least'} ${number(goal.goal)}`,
    verdictOf(goal, results.value(goal.metric, goal.mode)),
    ...hereCells(results, goal),
    goal.tox === undefined ? '' : toxText(results, goal.tox),
    ratioText(results, goal),
    hyperdhtText(results, goal),
  ]);
  const head = ['work', 'Parley', 'goal', '', 'goal here', '', 'c-toxcore (at 1 ms)', 'ratio', 'hyperdht'];
  return layOut([head, head.map(() => '---'), ...rows]);
}

/** What the goal comes to on this machine as it was in this run; undefined where it does not go by the machine. */
function goalHere(results: Results, { goal, better, scale }: Goal): number | undefined {
  const times = scale === undefined ? undefined : slowness(results, scale);
  if (goal === undefined || times === undefined) return undefined;
  return better === 'lower' ? goal * times : goal / times;
}

function hereCells(results: Results, goal: Goal): string[] {
  const here = goalHere(results, goal);
  if (here === undefined) return ['', ''];
  return [number(here), verdictOf({ ...goal, goal: here }, results.value(goal.metric, goal.mode))];
}

function workText(results: Results, { work, count, mode }: Goal): string {
  const measured = count === undefined ? undefined : results.value(count, mode);
  return measured === undefined ? work : `${work}, of ${number(measured)}`;
}

/** Its figure of this run and how many times better we are, or the recorded one. */
function hyperdhtText(results: Results, { hyperdht, hyperdhtMetric, metric, mode, better }: Goal): string {
  const theirs = hyperdhtMetric === undefined ? undefined : results.value(hyperdhtMetric, 'open', 'hyperdht');
  const ours = results.value(metric, mode);
  if (theirs === undefined || !ours) return hyperdht === undefined ? '' : `${hyperdht}, recorded`;
  return `${number(theirs)}; ${number(better === 'lower' ? theirs / ours : ours / theirs)}x`;
}

/** Median, and the range where there are several runs. */
function figures(samples: readonly number[]): string {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return samples.length === 1 ? number(median) : `${number(median)} (${number(sorted[0]!)}-${number(sorted.at(-1)!)})`;
}

function toxText(results: Results, tox: ToxFigure): string {
  const now = results.value(tox.metric, 'rec', 'toxcore');
  const now1ms = results.value(tox.metric, '1ms', 'toxcore');
  if (now === undefined) {
    const at1ms = tox.recorded1ms === undefined ? '' : ` (${number(tox.recorded1ms)})`;
    return `${number(tox.recorded)}${at1ms}, recorded`;
  }
  return `${number(now)}${now1ms === undefined ? '' : ` (${number(now1ms)})`}`;
}

/** How many times better we are than c-toxcore at its own interval. */
function ratioText(results: Results, { tox, metric, mode, better }: Goal): string {
  const ours = results.value(metric, mode);
  if (tox === undefined || ours === undefined || ours === 0) return '';
  const theirs = results.value(tox.metric, 'rec', 'toxcore') ?? tox.recorded;
  return `${number(better === 'lower' ? theirs / ours : ours / theirs)}x`;
}

export function number(value: number): string {
  if (value === 0) return '0';
  if (Math.abs(value) < 1_000) return String(Number(value.toPrecision(3)));
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ' ');
}

/** Rows of cells as a Markdown table with padded columns; a cell `---` becomes a line of its column's width. */
export function layOut(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => (cell === '---' ? '-'.repeat(widths[column]!) : cell.padEnd(widths[column]!))).join(' | ')} |`;
  return `${rows.map(line).join('\n')}\n`;
}
