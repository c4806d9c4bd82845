import { expect, onTestFinished, test } from 'vitest';
import { asPerson, befriend, type Person } from './support/people.ts';
import { startPrivateNetwork } from './support/private-network.ts';
import { newScene } from './support/scene.ts';
import { until } from './support/until.ts';

const CARRIERS = 8;
/** Placing two copies and collecting them takes seconds; a busy machine takes longer. */
const LIMIT_MS = 60_000;

async function textsFrom(person: Person, friend: Person): Promise<string[]> {
  const page = await person.node.client.call('messages.list', { friend: friend.key, limit: 100 });
  return page.map(({ text }) => text);
}

test('a leaf gets requests and envelopes through its roots, and carries nothing itself', async () => {
  const scene = newScene();
  const network = await startPrivateNetwork(CARRIERS);
  onTestFinished(network.stop);
  const bootstrap = [network.bootstrap];
  const start = async (name: string, args: string[] = []) =>
    asPerson(await scene.node({ name, profile: name, bootstrap, args }));
  const [ada, ben] = await Promise.all([start('ada'), start('ben', ['--leaf'])]);
  // The request and the queries behind it reach a node that is in nobody's table: its roots hand them on.
  await befriend(ada, ben);
  await ben.node.stop();

  const written = Array.from({ length: 3 }, (_, i) => `While you were away ${i}`);
  for (const text of written) await ada.node.client.call('messages.send', { friend: ben.key, text });
  await until(
    'all are stored',
    async () => {
      const page = await ada.node.client.call('messages.list', { friend: ben.key, limit: 100 });
      return page.every(({ state }) => state === 'stored');
    },
    LIMIT_MS,
  );
  await ada.node.kill();
  const back = await start('ben', ['--leaf']);
  await until('all arrive', async () => (await textsFrom(back, ada)).length === written.length, LIMIT_MS);
  expect(await textsFrom(back, ada)).toEqual(written);
  const status = await back.node.client.call('network.status');
  expect(status).toMatchObject({ leaf: true, carried: { envelopes: 0 } });
});
