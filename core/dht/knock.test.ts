import { afterEach, expect, it } from 'vitest';
import { nodeKeyPairFromSeed } from '../crypto/crypto.ts';
import { Transport } from '../net/transport.ts';
import { silentLogger } from '../ports/logger.ts';
import type { DhtNode } from '../testing/dht-network.ts';
import { DHT_PORT, DhtWorld } from '../testing/dht-world.ts';
import { NAT_KINDS } from '../testing/sim-nat.ts';
import { ContactBook } from './contact.ts';
import { JUDGED_IN_SMALL_MS } from './reachability.ts';
import { Rpc } from './rpc.ts';

/** Some routers remember whom somebody inside spoke to for longer than a node does. */
const ROUTER = { ...NAT_KINDS.cone, timeoutMs: 300_000 };
const FORGOTTEN_BY_NODE_MS = 160_000;
const ADDRESS = '70.0.0.1';

let world: DhtWorld;
afterEach(() => world.stop());

/** Somebody whom the node asked something once, and who calls himself a leaf, so that he is not asked again. */
async function acquaintanceOf({ dht }: DhtNode) {
  const { clock, random, network } = world;
  const socket = await network.host(ADDRESS).bind({ port: DHT_PORT, host: ADDRESS });
  const transport = new Transport({ socket, logger: silentLogger });
  const keys = nodeKeyPairFromSeed(random.bytes(32));
  const rpc = new Rpc({ transport, keys, clock, random, book: new ContactBook(), leaf: () => true });
  rpc.onRequest = ({ from, reply }) => reply({ kind: 'pong', body: { token: undefined, observed: from.endpoint } });
  dht.meet(keys.publicKey, { host: ADDRESS, port: DHT_PORT });
  await clock.runFor(1_000);
  return rpc;
}

it('a knock that was not asked for does not make a node behind a router believe that anybody can reach it', async () => {
  world = new DhtWorld('unasked knocks');
  await world.grow(60);
  await world.grow(1, JUDGED_IN_SMALL_MS, 1, { behind: ROUTER });
  const node = world.nodes.at(-1)!;
  expect(node.dht.leaf).toBe(true);
  const rpc = await acquaintanceOf(node);
  const [endpoint] = node.dht.observedEndpoints();
  const to = new ContactBook().of(node.entry.key, endpoint!);
  let heard = 0;
  for (let number = 0; number < 4; number++) {
    rpc.request(to, { kind: 'knock', body: { number } }, (reply) => (heard += reply === undefined ? 0 : 1));
    await world.clock.runFor(FORGOTTEN_BY_NODE_MS);
    expect(node.dht.leaf).toBe(true);
  }
  expect(heard).toBe(4);
});

it('somebody with many node keys has a node knock at strangers no more often than with one', async () => {
  world = new DhtWorld('many knocks');
  await world.grow(5);
  const { clock, random, network } = world;
  const { entry } = world.nodes[1]!;
  const socket = await network.host(ADDRESS).bind({ port: DHT_PORT, host: ADDRESS });
  const transport = new Transport({ socket, logger: silentLogger });
  const victim = await network.host('80.0.0.1').bind({ port: 9, host: '80.0.0.1' });
  let knocks = 0;
  victim.onDatagram(() => knocks++);
  for (let i = 0; i < 40; i++) {
    const [keys, stranger] = [nodeKeyPairFromSeed(random.bytes(32)), nodeKeyPairFromSeed(random.bytes(32))];
    const book = new ContactBook();
    const rpc = new Rpc({ transport, keys, clock, random, book, leaf: () => true });
    rpc.onRequest = ({ from, reply }) => reply({ kind: 'pong', body: { token: undefined, observed: from.endpoint } });
    const to = book.of(entry.key, entry.endpoint);
    const contact = { key: stranger.publicKey, endpoint: { host: '80.0.0.1', port: 9 } };
    const body = { token: undefined, contact, number: i };
    // The first answer brings the token.
    for (let times = 0; times < 3; times++) {
      rpc.request(to, { kind: 'relayKnock', body }, () => {});
      await clock.runFor(500);
    }
  }
  expect(knocks).toBeGreaterThan(0);
  expect(knocks).toBeLessThanOrEqual(20);
});
