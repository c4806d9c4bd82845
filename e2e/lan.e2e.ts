import { test } from 'vitest';
import { namespacesObstacle } from '../core/node/adapters/testing/two-computers.ts';
import { neighbours } from './support/neighbours.ts';
import { befriend, type Person } from './support/people.ts';
import { until } from './support/until.ts';

const why = namespacesObstacle();
if (why !== undefined) process.stderr.write(`lan.e2e.ts is skipped: ${why}\n`);

async function write(from: Person, to: Person, text: string): Promise<void> {
  await from.node.client.call('messages.send', { friend: to.key, text });
  await until(`"${text}" arrives`, async () => {
    const rows = await to.node.client.call('messages.list', { friend: from.key });
    return rows.some((row) => row.text === text);
  });
}

/** The address to which `from` sends what is for `to`. */
async function linkAddress(from: Person, to: Person): Promise<string | undefined> {
  const { links } = await from.node.client.call('network.status');
  return links.find(({ friend }) => friend === to.key)?.address;
}

test.skipIf(why !== undefined)('two computers of one network that know nobody find each other and chat', async () => {
  const { ada, ben } = await neighbours('e2e');
  await befriend(ada, ben);
  await write(ada, ben, 'No internet, and still');
  await write(ben, ada, 'I can hear you through the wall');
});

test.skipIf(why !== undefined)('a link follows a computer that gets another address', async () => {
  const { ada, ben, computers } = await neighbours('e2e');
  await befriend(ada, ben);
  await write(ada, ben, 'From the kitchen');
  computers.configure(computers.left, 'address', 'add', '192.168.77.9/24', 'dev', 'lan');
  computers.configure(computers.left, 'address', 'delete', '192.168.77.1/24', 'dev', 'lan');
  // The second address of a subnet goes with its first.
  computers.configure(computers.left, 'address', 'replace', '192.168.77.9/24', 'dev', 'lan');
  await write(ada, ben, 'From the garden');
  await until('ben sends to the new address', async () => (await linkAddress(ben, ada))?.startsWith('192.168.77.9'));
  await write(ben, ada, 'Still with you');
});
