import { onTestFinished } from 'vitest';
import { TwoComputers } from '../../core/node/adapters/testing/two-computers.ts';
import { asPerson, type Person } from './people.ts';
import { newScene } from './scene.ts';
import { until } from './until.ts';

/** Two people on two computers of one network, who knew no node and have found each other. */
export async function neighbours(purpose: string): Promise<{ ada: Person; ben: Person; computers: TwoComputers }> {
  const computers = new TwoComputers(purpose);
  onTestFinished(() => computers.unplug());
  await computers.plugIn();
  const scene = newScene();
  const [ada, ben] = await Promise.all([
    scene.node({ name: 'ada', profile: 'ada', computer: computers.left }).then(asPerson),
    scene.node({ name: 'ben', profile: 'ben', computer: computers.right }).then(asPerson),
  ]);
  for (const { node } of [ada, ben]) {
    const status = () => node.client.call('network.status');
    await until(`${node.name} has found the other`, async () => (await status()).nodeCount === 1);
  }
  return { ada, ben, computers };
}
