import { type CommandHost, parseFlags } from './command-host.ts';
import { runCustody } from './custody-experiment.ts';
import { drawCustody } from './custody-figure.ts';
import {
  CUSTODY_SCHEMES,
  type CustodyOptions,
  type CustodyResult,
  type CustodyScheme,
  SCHEME_NAMES,
} from './custody-types.ts';
import { quantile } from './measure-overlay.ts';
import { timeText, UNIT_MS } from './time-text.ts';

const FIGURE = 'docs/figures/custody.svg';
export const CUSTODY_USAGE = `npm run simulate -- custody [OPTION]...

  --schemes S,S,...  of ${Object.keys(CUSTODY_SCHEMES).join(', ')} (all)
  --session T,T,...  mean session times, such as 10m,1h,6h (10m,1h,6h)
  --nodes N          nodes that are up at a time (1000)
  --messages N       in chats of ten (10000)
  --away T,T         shortest and longest absence of a destination (1h,7d)
  --for-good SHARE   departures after which a computer never comes back (0.05)
  --seed TEXT        another run (parley)
  --progress         tells on stderr how far it is, for each hour of virtual time
  --save FILE        writes the results as JSON
  --saved FILE,...   runs nothing: takes saved results, in this order
  --figure           draws ${FIGURE} from these results
`;
const CHAT_LENGTH = 10;
const SENDING_MS = 12 * UNIT_MS.h;
const LOSS = 0.02;
const HEADER = [
  '| mean session | scheme | nodes | sent | not stored | lost | of these stored | doubled | reordered | late | stored p50 / p99 | delivered p50 / p99 | shown p99 | copies up | none up | KB a message and day | requests a node and hour |',
  '| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
];

/** What the command line asks for. */
export interface CustodyArguments {
  readonly runs: readonly CustodyOptions[];
  readonly figure: boolean;
  readonly progress: boolean;
  readonly save: string | undefined;
  readonly saved: readonly string[];
}

/** Undefined when the arguments make no sense. */
export function parseCustodyArguments(args: readonly string[]): CustodyArguments | undefined {
  const values = ['schemes', 'session', 'nodes', 'messages', 'away', 'for-good', 'seed', 'save', 'saved'];
  const found = parseFlags(args, { values, flags: ['figure', 'progress'] });
  if (found === undefined) return undefined;
  const names = Object.keys(CUSTODY_SCHEMES) as CustodyScheme[];
  const schemes = found.get('schemes')?.split(',') ?? names;
  const sessions = (found.get('session') ?? '10m,1h,6h').split(',').map(parseTime);
  const [least, most, ...more] = (found.get('away') ?? '1h,7d').split(',').map(parseTime);
  const nodes = Number(found.get('nodes') ?? 1_000);
  const messages = Number(found.get('messages') ?? 10_000);
  const forGood = Number(found.get('for-good') ?? 0.05);
  const isCount = (value: number) => Number.isInteger(value) && value >= CHAT_LENGTH;
  if (!schemes.every((name) => (names as string[]).includes(name)) || !isCount(nodes) || !isCount(messages))
    return undefined;
  if (sessions.includes(undefined) || least === undefined || most === undefined || more.length > 0) return undefined;
  if (least > most || !(forGood >= 0 && forGood < 1)) return undefined;
  const common = { nodes, messages, forGood, chatLength: CHAT_LENGTH, sendingMs: SENDING_MS, loss: LOSS };
  const rest = { ...common, awayMs: [least, most] as const, seed: found.get('seed') ?? 'parley' };
  const runs = (sessions as number[]).flatMap((sessionMs) =>
    (schemes as CustodyScheme[]).map((scheme) => ({ ...rest, scheme, sessionMs })),
  );
  const saved = found.get('saved')?.split(',') ?? [];
  const about = { figure: found.has('figure'), progress: found.has('progress'), save: found.get('save'), saved };
  return { runs: saved.length > 0 ? [] : runs, ...about };
}

/** `10m` -> milliseconds. */
function parseTime(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text);
  if (match === null || Number(match[1]) === 0) return undefined;
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
}

/** Runs all that is asked for, one after another; what it prints is Markdown. */
export async function simulateCustody(host: CommandHost, args: CustodyArguments): Promise<void> {
  const { runs, figure, progress, save, saved } = args;
  for (const line of HEADER) host.print(`${line}\n`);
  const results = saved.flatMap((path) => JSON.parse(host.readFile(path)) as CustodyResult[]);
  for (const result of results) host.print(`${custodyRow(result)}\n`);
  for (const options of runs) {
    const result = await runCustody(options, progress ? (text) => host.printError(`${text}\n`) : undefined);
    results.push(result);
    host.print(`${custodyRow(result)}\n`);
  }
  for (const result of results) host.print(aloneText(result));
  if (save !== undefined) host.writeFile(save, `${JSON.stringify(results)}\n`);
  if (!figure) return;
  host.writeFile(FIGURE, drawCustody(results));
  host.print(`\ndrew ${FIGURE}\n`);
}

export function custodyRow(result: CustodyResult): string {
  const { options, sent, stored, lost, lostStored, doubled, reordered, withNone, copies } = result;
  const looks = copies.reduce((sum, age) => sum + age.messages, 0);
  const live = copies.reduce((sum, age) => sum + age.live * age.messages, 0) / Math.max(1, looks);
  const isAlone = options.scheme === 'sender';
  const measured = (...values: (number | string)[]) => values.map((value) => (isAlone ? '-' : value));
  const cells = [
    ...[timeText(options.sessionMs), SCHEME_NAMES[options.scheme], ...measured(options.nodes), sent],
    ...[...measured(sent - stored), `${lost} (${percent(lost / sent)})`],
    ...measured(lostStored, doubled, reordered, result.late),
    ...[pair(result.storedMs), pair(result.deliveryMs)],
    ...measured(timeText(quantile(result.shownMs, 0.99)), live.toFixed(1), percent(withNone)),
    ...measured((result.bytesPerMessageDay / 1_000).toFixed(0), result.requestsPerNodeHour.toFixed(0)),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Whether chance left messages without a copy that is up: then the last one went within a repair interval of the other. */
export function aloneText({ options, aloneMs, lostAloneMs }: CustodyResult): string {
  if (aloneMs.length === 0) return '';
  const longest = timeText(aloneMs.at(-1)!);
  const lost = lostAloneMs.length === 0 ? '' : `; of the lost ones ${pair(lostAloneMs)}`;
  const text = `a message's last copy up went ${aloneMs.length} times, alone for ${pair(aloneMs)}, at most ${longest}${lost}`;
  return `\n${timeText(options.sessionMs)}, ${SCHEME_NAMES[options.scheme]}: ${text}\n`;
}

function pair(ascending: readonly number[]): string {
  if (ascending.length === 0) return '-';
  return [0.5, 0.99].map((share) => timeText(quantile(ascending, share))).join(' / ');
}

function percent(share: number): string {
  return share === 0 ? '0' : `${(share * 100).toPrecision(2)} %`;
}
