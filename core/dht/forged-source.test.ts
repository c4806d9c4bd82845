import { afterEach, expect, it } from 'vitest';
import type { DhtRequest } from '../codec/dht.ts';
import { nodeKeyPairFromSeed } from '../crypto/crypto.ts';
import { Transport } from '../net/transport.ts';
import { silentLogger } from '../ports/logger.ts';
import { DHT_PORT, DhtWorld } from '../testing/dht-world.ts';
import { ContactBook } from './contact.ts';
import { Rpc } from './rpc.ts';

const PAYING_NOTHING = { token: undefined, padding: new Uint8Array(0) };

let world: DhtWorld;
afterEach(() => world.stop());

/** The kinds of what a computer is asked after one request came to a node from its address, and nothing more. */
async function askedAt(address: string, request: DhtRequest): Promise<string[]> {
  const { clock, random, network } = world;
  const socket = await network.host(address).bind({ port: DHT_PORT, host: address });
  const transport = new Transport({ socket, logger: silentLogger });
  const book = new ContactBook();
  const keys = nodeKeyPairFromSeed(random.bytes(32));
  const rpc = new Rpc({ transport, keys, clock, random, book, leaf: () => false });
  const asked: string[] = [];
  rpc.onRequest = ({ body }) => asked.push(body.kind);
  const { key, endpoint } = world.nodes[1]!.entry;
  rpc.request(book.of(key, endpoint), request, () => {}, { attempts: 1 });
  await clock.runFor(10_000);
  await transport.close();
  return asked;
}

it('who asks in the name of another address brings that one a single question, and no knocks', async () => {
  world = new DhtWorld('forged source');
  await world.grow(12);
  expect(await askedAt('70.0.0.1', { kind: 'ping', body: PAYING_NOTHING })).toEqual(['ping']);
  expect(await askedAt('70.0.1.1', { kind: 'askKnock', body: { ...PAYING_NOTHING, number: 1 } })).toEqual(['ping']);
});
