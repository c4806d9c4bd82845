import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '../api/client.ts';
import type { EventName, EventPayload } from '../api/contract.ts';
import { createRpcTransport } from '../api/rpc-transport.ts';
import { type HeadlessHost, type RunningNode, startHeadless } from './headless.ts';

const LIMIT_MS = 60_000;
/** Others, who keep messages. */
const CARRIERS = ['cleo', 'dan'];
const ANSWERS_EACH_WAY = 20;
const WRITTEN_WHILE_AWAY = 'Until later';

/** What a person's node needs besides its options. */
export type WarmUpHost = Omit<HeadlessHost, 'argv' | 'env' | 'print' | 'printError'>;

interface Person {
  readonly node: RunningNode;
  readonly client: Client;
  readonly ui: string;
  readonly publicId: string;
  readonly bootstrap: string;
}

/**
 * Two people meet, write to each other and open their page, on loopback and in a folder that is removed; then one is away
 * and finds a message on coming back. Runs what a node runs in its first seconds, so that its compiled code can be kept.
 *
 * @throws when that takes longer than a minute, or a node does not start
 */
export async function warmUp(host: WarmUpHost): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-warm-up-'));
  const people: Person[] = [];
  try {
    const meeting = async (): Promise<void> => {
      const ada = await startPerson(host, join(folder, 'ada'), []);
      people.push(ada);
      const start = (name: string): Promise<Person> =>
        startPerson(host, join(folder, name), ['--bootstrap', ada.bootstrap]);
      people.push(...(await Promise.all(CARRIERS.map(start))));
      const ben = await start('ben');
      people.push(ben);
      await meet(ada, ben);
      await Promise.all([ada, ben].map(({ ui }) => fetchPage(ui)));
      await writeToAbsent(ada, ben);
      people.push(await start('ben'));
      await seeLastMessage(people.at(-1)!, WRITTEN_WHILE_AWAY);
    };
    await within(LIMIT_MS, meeting());
  } finally {
    for (const { client } of people) client.close();
    await Promise.all(people.map(({ node }) => node.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startPerson(host: WarmUpHost, folder: string, more: readonly string[]): Promise<Person> {
  let line = '';
  let trouble = '';
  const options = ['--data', folder, '--host', '127.0.0.1', '--no-lan', '--ephemeral-profile', 'Warm', '--json'];
  const node = await startHeadless({
    ...host,
    argv: [...options, ...more],
    env: { PARLEY_LAN: 'off' },
    print: (text) => {
      line += text;
    },
    printError: (text) => {
      trouble += text;
    },
  });
  if ('exitCode' in node) throw new Error(trouble);
  const { rpc, token, ui, publicId, bootstrap } = JSON.parse(line);
  return { node, client: await connect(rpc, token), ui, publicId, bootstrap };
}

async function connect(rpc: string, token: string): Promise<Client> {
  const { WebSocket } = await import('ws');
  const socket = new WebSocket(rpc, ['parley', `token.${token}`]);
  const transport = createRpcTransport((text) => socket.send(text));
  socket.on('message', (data) => transport.receive(String(data)));
  socket.on('close', () => transport.close());
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return createClient(transport);
}

async function meet(ada: Person, ben: Person): Promise<void> {
  const requested = next(ben.client, 'friends.requested');
  await ada.client.call('friends.add', { publicId: ben.publicId, alias: 'Ben', greeting: 'Hello' });
  await requested;
  await ben.client.call('friends.accept', { publicId: ada.publicId, alias: 'Ada' });
  for (let turn = 0; turn < ANSWERS_EACH_WAY; turn++) {
    await write(ada, ben);
    await write(ben, ada);
  }
  for (const { client } of [ada, ben]) {
    const [friend] = await client.call('friends.list');
    await client.call('messages.list', { friend: friend!.key });
    await client.call('network.status');
  }
}

async function write(from: Person, to: Person): Promise<void> {
  const received = next(to.client, 'messages.received');
  await from.client.call('messages.send', { friend: to.publicId, text: 'How are you?' });
  await received;
}

async function writeToAbsent(ada: Person, ben: Person): Promise<void> {
  const kept = new Promise<void>((resolve) => {
    ada.client.on('messages.changed', ({ messages }) => {
      if (messages.some(({ text, custody }) => text === WRITTEN_WHILE_AWAY && (custody?.holders ?? 0) > 0)) resolve();
    });
  });
  ben.client.close();
  await ben.node.stop();
  await ada.client.call('messages.send', { friend: ben.publicId, text: WRITTEN_WHILE_AWAY });
  await kept;
}

async function seeLastMessage({ client }: Person, text: string): Promise<void> {
  for (;;) {
    const received = next(client, 'messages.received');
    const [friend] = await client.call('friends.list');
    if (friend?.lastMessage?.text === text) return;
    await received;
  }
}

function next<E extends EventName>(client: Client, name: E): Promise<EventPayload<E>> {
  return new Promise((resolve) => {
    const end = client.on(name, (payload) => {
      end();
      resolve(payload);
    });
  });
}

function fetchPage(ui: string): Promise<void> {
  return new Promise((resolve, reject) => {
    get(ui, (response) => response.resume().once('end', resolve)).once('error', reject);
  });
}

function within<T>(ms: number, task: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`the warm-up took longer than ${ms} ms`)), ms);
    task.then(resolve, reject).finally(() => clearTimeout(limit));
  });
}
