import { type CommandHost, parseFlags } from './command-host.ts';
import { measureOverlay, type OverlayOptions, quantile } from './measure-overlay.ts';
import { distribution } from './overlay-model.ts';

export const OVERLAY_USAGE = `npm run simulate -- overlay [OPTION]...

  --nodes N      size of the network (300)
  --session MIN  mean session time in minutes (60)
  --minutes MIN  how long to watch (30)
  --seed TEXT    another run (parley)
`;
const MINUTE_MS = 60_000;
const LOSS = 0.02;

/** Undefined when the arguments make no sense. */
export function parseOverlayArguments(args: readonly string[]): OverlayOptions | undefined {
  const found = parseFlags(args, { values: ['nodes', 'session', 'minutes', 'seed'] });
  if (found === undefined) return undefined;
  const nodes = Number(found.get('nodes') ?? 300);
  const session = Number(found.get('session') ?? 60);
  const minutes = Number(found.get('minutes') ?? 30);
  if (!(Number.isInteger(nodes) && nodes >= 10) || !(session > 0) || !(minutes > 0)) return undefined;
  const times = { sessionMs: session * MINUTE_MS, durationMs: minutes * MINUTE_MS };
  return { nodes, ...times, loss: LOSS, seed: found.get('seed') ?? 'parley' };
}

/** Measures what `overlay-model.ts` takes over; what it prints is Markdown. */
export async function simulateOverlay(host: CommandHost, options: OverlayOptions): Promise<void> {
  const measured = await measureOverlay(options);
  const { accuracy, arrived, deadHops, neverKnown } = measured;
  const shares = { 'roots found': accuracy, 'ways that end at the root': arrived, 'next hops that are dead': deadHops };
  for (const [what, share] of Object.entries({ ...shares, 'neighbours that never know': neverKnown })) {
    host.print(`- ${what}: ${(100 * share).toFixed(1)} %\n`);
  }
  host.print('\n| | n | p10 | p50 | p90 | p99 |\n| --- | ---: | ---: | ---: | ---: | ---: |\n');
  const { lookupMs, hops, joinMs, knownMs, droppedMs } = measured;
  for (const [what, values] of Object.entries({ lookupMs, hops, joinMs, knownMs, droppedMs })) {
    const cells = [0.1, 0.5, 0.9, 0.99].map((share) => quantile(values, share).toFixed(0));
    host.print(`| ${[what, values.length, ...cells].join(' | ')} |\n`);
  }
  host.print(`\nlookupMs: ${distribution(lookupMs, 10)}\njoinMs: ${distribution(joinMs, 10)}\n`);
  host.print(`knownMs: ${distribution(knownMs, 10)}\n`);
}
