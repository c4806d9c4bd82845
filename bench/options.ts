export const PARTS = [
  'connect',
  'latency',
  'throughput',
  'link',
  'call',
  'lookup',
  'nodes',
  'custody',
  'startup',
  'toxcore',
  'hyperdht',
] as const;
export type PartName = (typeof PARTS)[number];

export interface BenchOptions {
  readonly parts: readonly PartName[];
  /** Short runs, to see whether everything works: the figures are rough. */
  readonly quick: boolean;
  /** JSON lines on stdout in place of the table. */
  readonly json: boolean;
}

export const USAGE = `npm run bench -- [PART...] [--quick] [--json]

  parts: ${PARTS.join(', ')}; all of them without a name
  --quick   short runs
  --json    one JSON object a line on stdout instead of the table
`;

/** Undefined for arguments that make no sense. */
export function parseOptions(args: readonly string[]): BenchOptions | undefined {
  const flags = args.filter((arg) => arg.startsWith('-'));
  const names = args.filter((arg) => !arg.startsWith('-'));
  if (!flags.every((flag) => flag === '--quick' || flag === '--json')) return undefined;
  if (!names.every((name) => (PARTS as readonly string[]).includes(name))) return undefined;
  const parts = names.length === 0 ? PARTS : PARTS.filter((part) => names.includes(part));
  return { parts, quick: flags.includes('--quick'), json: flags.includes('--json') };
}
