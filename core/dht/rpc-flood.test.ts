import { expect, it } from 'vitest';
import { DHT_MIN_BYTES } from '../codec/dht.ts';
import { PACKET_KIND } from '../codec/limits.ts';
import { nodeKeyPairFromSeed } from '../crypto/crypto.ts';
import { Transport } from '../net/transport.ts';
import { silentLogger } from '../ports/logger.ts';
import type { Endpoint, NetworkSocket } from '../ports/network.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { ContactBook } from './contact.ts';
import { Rpc } from './rpc.ts';

const random = new SeededRandom('rpc flood');
const HOME: Endpoint = { host: '20.0.0.1', port: 4_000 };

/** A node whose packets are in the hands of the test. */
class Loose {
  readonly sent: Uint8Array[] = [];
  readonly keys = nodeKeyPairFromSeed(random.bytes(32));
  readonly book = new ContactBook();
  readonly transport: Transport;
  readonly rpc: Rpc;
  answered = 0;
  receive: (packet: Uint8Array, from: Endpoint) => void = () => {};

  constructor(clock: VirtualClock) {
    const socket: Partial<NetworkSocket> = {
      onDatagram: (listener) => {
        this.receive = listener;
      },
      send: (packet) => void this.sent.push(packet),
    };
    this.transport = new Transport({ socket: socket as NetworkSocket, logger: silentLogger });
    const { transport, keys, book } = this;
    this.rpc = new Rpc({ transport, keys, book, random, clock: clock.node(0), leaf: () => false });
    this.rpc.onRequest = () => this.answered++;
  }

  /** A question to the other one, in no hurry. */
  questionTo(other: Loose): Uint8Array {
    const body = { token: undefined, padding: new Uint8Array(0) };
    this.rpc.request(other.book.of(other.keys.publicKey, HOME), { kind: 'ping', body }, () => {});
    return this.sent.at(-1)!;
  }
}

it('one owner of an IPv6 network gains nothing by its many addresses', () => {
  const clock = new VirtualClock();
  const [node, mallory] = [new Loose(clock), new Loose(clock)];
  const question = mallory.questionTo(node);
  for (let i = 0; i < 5_000; i++) {
    const host = `2a00:db8:1:${(i % 5_000).toString(16)}::1`;
    node.receive(question, { host, port: 4_000 });
  }
  expect(node.answered).toBeGreaterThan(100);
  expect(node.answered).toBeLessThanOrEqual(2_000);
});

it('made-up keys from made-up addresses cost little, and keep nobody away whose key is known', () => {
  const clock = new VirtualClock();
  const [node, friend] = [new Loose(clock), new Loose(clock)];
  node.receive(friend.questionTo(node), HOME);
  expect(node.answered).toBe(1);
  for (let i = 0; i < 12_000; i++) {
    const packet = random.bytes(DHT_MIN_BYTES + 20);
    packet[0] = PACKET_KIND.dht;
    node.receive(packet, { host: `30.${i >> 8}.${i & 255}.1`, port: 4_000 });
  }
  expect(node.transport.drops.get('dht-not-authentic')).toBeGreaterThan(1_000);
  expect(node.transport.drops.get('dht-no-key')).toBeGreaterThan(1_000);
  node.receive(friend.questionTo(node), HOME);
  expect(node.answered).toBe(2);
});
