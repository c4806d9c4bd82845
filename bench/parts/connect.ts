import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type NodeProcess, startNode } from '../../e2e/support/node-process.ts';
import { type BenchContext, NETWORK_NODES, startNetwork, startPair, withProcesses } from '../context.ts';
import { sharedNow, within } from '../measure.ts';
import type { Processes, RoleProcess } from '../processes.ts';
import type { PersonRole } from '../roles/person.ts';

/** Good nodes of the last run: removed, so that a run knows the bootstrap node only. */
const NODE_MEMORY = 'network.json';
const CONNECT_LIMIT_MS = 30_000;

interface Friends {
  readonly folders: readonly [string, string];
  readonly keys: readonly [string, string];
}

/** From two fresh cores to a link, and from a friend request to the first message. */
export async function connectPart(context: BenchContext): Promise<void> {
  await withProcesses(async (processes) => {
    const { bootstrap } = await startNetwork(processes, NETWORK_NODES);
    const friends = await makeFriends(context, processes, bootstrap);
    await measureConnects({ context, processes, bootstrap, friends });
    await measureStarts({ context, bootstrap, friends });
    await measureRequests({ context, processes, bootstrap });
  });
}

async function makeFriends(context: BenchContext, processes: Processes, bootstrap: string): Promise<Friends> {
  const { a, b, folders, keyA, keyB } = await startPair(context, processes, bootstrap);
  await Promise.all([a.ask('close'), b.ask('close')]);
  a.kill();
  b.kill();
  for (const folder of folders) rmSync(join(folder, NODE_MEMORY), { force: true });
  return { folders, keys: [keyA, keyB] };
}

interface Setting {
  readonly context: BenchContext;
  readonly processes: Processes;
  readonly bootstrap: string;
}

async function measureConnects({ context, processes, bootstrap, friends }: Setting & { friends: Friends }) {
  const { results, quick, say } = context;
  const connect = async (people: readonly RoleProcess<PersonRole>[]): Promise<number> => {
    const folders = friends.folders.map((folder) => context.folder.copyOf(folder));
    const startedAt = sharedNow();
    const seen = people.map((person, i) =>
      person.ask('openAndSee', { dataDir: folders[i]!, bootstrap: [bootstrap], friend: friends.keys[1 - i]! }),
    );
    const times = await within(CONNECT_LIMIT_MS, 'both see each other', Promise.all(seen));
    await Promise.all(people.map((person) => person.ask('close')));
    return Math.max(...times) - startedAt;
  };
  const startTwo = () => Promise.all([0, 1].map(() => processes.start<PersonRole>('person')));
  const people = await startTwo();
  // Not counted: the first one runs code that was never run before.
  await connect(people);
  for (let run = 0; run < (quick ? 3 : 20); run++)
    results.put('connect_ms', 'running processes', await connect(people));
  for (const person of people) person.kill();
  say('connected in running processes');
}

/** Two friends start the program at the same time: from the command until each sees the other. */
async function measureStarts({ context, bootstrap, friends }: Omit<Setting, 'processes'> & { friends: Friends }) {
  const start = async (): Promise<number> => {
    const startedAt = sharedNow();
    const nodes = await Promise.all(
      friends.folders.map((folder, i) => startNode(`friend ${i}`, nodeArgs(context.folder.copyOf(folder), bootstrap))),
    );
    await within(
      CONNECT_LIMIT_MS,
      'both see each other',
      Promise.all(nodes.map((node, i) => untilOnline(node, friends.keys[1 - i]!))),
    );
    const ms = sharedNow() - startedAt;
    await Promise.all(nodes.map((node) => node.stop()));
    return ms;
  };
  // Not counted: it may build.
  await start();
  for (let run = 0; run < (context.quick ? 3 : 15); run++)
    context.results.put('connect_ms', 'from the command', await start());
  context.say('connected from the command');
}

function nodeArgs(dataDir: string, bootstrap: string): string[] {
  const local = ['--host', '127.0.0.1', '--no-lan', '--bootstrap', bootstrap];
  return ['--data', dataDir, '--ephemeral-profile', 'friend', ...local];
}

function untilOnline({ client }: NodeProcess, friend: string): Promise<void> {
  return new Promise((resolve, reject) => {
    client.on('friends.changed', ({ key, friend: view }) => {
      if (key === friend && view?.presence === 'online') resolve();
    });
    client.call('friends.list').then((friends) => {
      if (friends.some(({ key, presence }) => key === friend && presence === 'online')) resolve();
    }, reject);
  });
}

async function measureRequests({ context, processes, bootstrap }: Setting): Promise<void> {
  for (let run = 0; run < (context.quick ? 3 : 10); run++) {
    const start = () => processes.start<PersonRole>('person');
    const [a, b] = await Promise.all([start(), start()]);
    const startedAt = sharedNow();
    const open = (person: RoleProcess<PersonRole>, name: string) =>
      person.ask('open', { dataDir: context.folder.fresh(name), bootstrap: [bootstrap], name });
    const [, infoB] = await Promise.all([open(a, 'anna'), open(b, 'bert')]);
    await b.ask('acceptEverybody');
    const ms = await within(CONNECT_LIMIT_MS, 'the first message', a.ask('askAndWrite', { publicId: infoB.publicId }));
    context.results.put('request_to_delivered_ms', '', ms);
    context.results.put('new_profiles_to_delivered_ms', '', sharedNow() - startedAt);
    a.kill();
    b.kill();
  }
}
