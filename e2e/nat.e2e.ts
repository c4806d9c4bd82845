import { expect, onTestFinished, test } from 'vitest';
import { asPerson, befriend, friendOf, linkAddress, type Person, textsOf } from './support/people.ts';
import { newScene } from './support/scene.ts';
import { homesObstacle, type Mapping, TwoHomes } from './support/two-homes.ts';
import { until } from './support/until.ts';

const CARRIERS = 6;
/** A link is missed after some seconds of silence, and looked for anew. */
const NEW_ADDRESS_LIMIT_MS = 60_000;
/** The handshake is given up before the network is trusted to carry it all. */
const BY_NETWORK_LIMIT_MS = 60_000;

const why = homesObstacle();
if (why !== undefined) process.stderr.write(`nat.e2e.ts is skipped: ${why}\n`);

/** Two people, each at home behind a router, and computers on the internet that they have in common. */
async function atHome(mappings: { left: Mapping; right: Mapping }) {
  const homes = new TwoHomes(CARRIERS);
  onTestFinished(() => homes.tearDown());
  homes.build(mappings);
  const scene = newScene();
  const bootstrap: string[] = [];
  for (const host of homes.hosts) {
    const args = ['--host', host, '--no-lan'];
    const node = await scene.node({ name: `carrier-${host}`, args, computer: homes.internet, bootstrap });
    if (bootstrap.length === 0) bootstrap.push(node.ready.bootstrap);
  }
  const person = async (name: string, computer: string) =>
    asPerson(await scene.node({ name, profile: name, computer, bootstrap, args: ['--no-lan'] }));
  return { homes, ada: await person('ada', homes.left), ben: await person('ben', homes.right) };
}

/** Sends a text and waits until the sender knows that it was delivered; it came once. */
async function seeDelivered(from: Person, to: Person, text: string, limitMs?: number): Promise<void> {
  const { id } = await from.node.client.call('messages.send', { friend: to.key, text });
  const delivered = async () => {
    const rows = await from.node.client.call('messages.list', { friend: to.key });
    return rows.some((row) => row.id === id && row.state === 'delivered');
  };
  await until(`"${text}" is delivered`, delivered, limitMs);
  expect((await textsOf(to, from)).filter((come) => come === text)).toHaveLength(1);
}

test.skipIf(why !== undefined)('two people behind routers talk from one computer to the other', async () => {
  const { homes, ada, ben } = await atHome({ left: 'one-for-all', right: 'one-for-all' });
  await befriend(ada, ben);
  await seeDelivered(ada, ben, 'Through two routers');
  await seeDelivered(ben, ada, 'And back');
  expect(await linkAddress(ada, ben)).toMatch(/^31\.0\.0\.2:/);
  expect(await linkAddress(ben, ada)).toMatch(/^21\.0\.0\.2:/);

  homes.renumberRight();
  await seeDelivered(ada, ben, 'Your provider gave you another address', NEW_ADDRESS_LIMIT_MS);
  await seeDelivered(ben, ada, 'I did not notice');
  const moved = async () => (await linkAddress(ada, ben))?.startsWith('31.0.0.3:');
  await until('the link goes to the new address', moved, NEW_ADDRESS_LIMIT_MS);
});

test.skipIf(why !== undefined)(
  'where no router lets the other through, the network carries what is written',
  async () => {
    const { ada, ben } = await atHome({ left: 'one-for-each', right: 'one-for-each' });
    await ada.node.client.call('friends.add', { publicId: ben.publicId, alias: 'ben', greeting: 'It is me' });
    const asked = async () => (await ben.node.client.call('friends.requests')).length === 1;
    await until('the request arrives', asked, BY_NETWORK_LIMIT_MS);
    await ben.node.client.call('friends.accept', { publicId: ada.key, alias: 'ada' });
    const accepted = async () => (await friendOf(ada, ben)).state === 'friend';
    await until('the answer arrives', accepted, BY_NETWORK_LIMIT_MS);
    await seeDelivered(ada, ben, 'No way to you', BY_NETWORK_LIMIT_MS);
    await seeDelivered(ben, ada, 'I have it all the same', BY_NETWORK_LIMIT_MS);
    expect(await linkAddress(ada, ben)).toBeUndefined();
  },
);
