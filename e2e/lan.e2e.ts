import { test } from 'vitest';
import { namespacesObstacle } from '../core/node/adapters/testing/two-computers.ts';
import { neighbours } from './support/neighbours.ts';
import { befriend, deliver, linkAddress } from './support/people.ts';
import { until } from './support/until.ts';

const why = namespacesObstacle();
if (why !== undefined) process.stderr.write(`lan.e2e.ts is skipped: ${why}\n`);

test.skipIf(why !== undefined)('two computers of one network that know nobody find each other and chat', async () => {
  const { ada, ben } = await neighbours('e2e');
  await befriend(ada, ben);
  await deliver(ada, ben, 'No internet, and still');
  await deliver(ben, ada, 'I can hear you through the wall');
});

test.skipIf(why !== undefined)('a link follows a computer that gets another address', async () => {
  const { ada, ben, computers } = await neighbours('e2e');
  await befriend(ada, ben);
  await deliver(ada, ben, 'From the kitchen');
  computers.configure(computers.left, 'address', 'add', '192.168.77.9/24', 'dev', 'lan');
  computers.configure(computers.left, 'address', 'delete', '192.168.77.1/24', 'dev', 'lan');
  // The second address of a subnet goes with its first.
  computers.configure(computers.left, 'address', 'replace', '192.168.77.9/24', 'dev', 'lan');
  await deliver(ada, ben, 'From the garden');
  await until('ben sends to the new address', async () => (await linkAddress(ben, ada))?.startsWith('192.168.77.9'));
  await deliver(ben, ada, 'Still with you');
});
