import type { RunFolder } from './folders.ts';
import { within } from './measure.ts';
import { Processes, type RoleProcess } from './processes.ts';
import type { Results } from './results.ts';
import type { NetworkRole } from './roles/network.ts';
import type { PersonRole } from './roles/person.ts';

/** What every part of the benchmark gets. */
export interface BenchContext {
  /** The project's folder. */
  readonly root: string;
  readonly quick: boolean;
  readonly folder: RunFolder;
  readonly results: Results;
  /** Tells what is going on, on stderr. */
  readonly say: (text: string) => void;
}

/** The rest of the network of the link and message parts, the bootstrap node included. */
export const NETWORK_NODES = 16;
const LINK_LIMIT_MS = 30_000;

/** Runs `work` with processes of its own, none of which outlives it. */
export async function withProcesses<T>(work: (processes: Processes) => Promise<T>): Promise<T> {
  const processes = new Processes();
  try {
    return await work(processes);
  } finally {
    processes.end();
  }
}

/** A private network in a process of its own. */
export async function startNetwork(
  processes: Processes,
  count: number,
): Promise<{
  network: RoleProcess<NetworkRole>;
  bootstrap: string;
}> {
  const network = await processes.start<NetworkRole>('network', { gc: true });
  const { bootstrap } = await network.ask('start', { count });
  return { network, bootstrap };
}

export interface Pair {
  readonly a: RoleProcess<PersonRole>;
  readonly b: RoleProcess<PersonRole>;
  /** Profile keys in hexadecimal. */
  readonly keyA: string;
  readonly keyB: string;
  /** Data folders of both. */
  readonly folders: readonly [string, string];
}

/** Two people with new profiles, each a process, who are friends and online. */
export async function startPair(context: BenchContext, processes: Processes, bootstrap: string): Promise<Pair> {
  const [a, b] = await Promise.all([
    processes.start<PersonRole>('person', { gc: true }),
    processes.start<PersonRole>('person', { gc: true }),
  ]);
  const folders = [context.folder.fresh('anna'), context.folder.fresh('bert')] as const;
  const [infoA, infoB] = await Promise.all([
    a.ask('open', { dataDir: folders[0], bootstrap: [bootstrap], name: 'anna' }),
    b.ask('open', { dataDir: folders[1], bootstrap: [bootstrap], name: 'bert' }),
  ]);
  await b.ask('acceptEverybody');
  await a.ask('addFriend', { publicId: infoB.publicId });
  const online = Promise.all([
    a.ask('untilOnline', { friend: infoB.key }),
    b.ask('untilOnline', { friend: infoA.key }),
  ]);
  await within(LINK_LIMIT_MS, 'the link of the two people', online);
  return { a, b, keyA: infoA.key, keyB: infoB.key, folders };
}
