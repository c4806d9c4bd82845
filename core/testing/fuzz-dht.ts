import { DHT_BOX_OFFSET, DHT_KEY_OFFSET, DHT_NONCE_OFFSET, dhtBody, dhtMessage } from '../codec/dht.ts';
import { decode, encode } from '../codec/layout.ts';
import { PACKET_KIND } from '../codec/limits.ts';
import {
  createProfileKeyPair,
  hash32,
  type NodeKeyPair,
  nodeKeyPairFromSeed,
  secretboxOpen,
  secretboxSealInto,
  sign,
  TAG_BYTES,
  x25519,
} from '../crypto/crypto.ts';
import { Dht } from '../dht/dht.ts';
import { concat, toHex } from '../ids/bytes.ts';
import { LanDiscovery } from '../net/lan-discovery.ts';
import { Transport } from '../net/transport.ts';
import type { Endpoint, NetworkSocket } from '../ports/network.ts';
import { DHT_BODIES } from './fuzz-layouts.ts';
import { ComplaintLog } from './fuzz-log.ts';
import { readSteps, writeSteps } from './fuzz-steps.ts';
import { type FuzzTarget, must } from './fuzz-target.ts';
import { SeededRandom } from './seeded-random.ts';
import { VirtualClock } from './virtual-clock.ts';

/** What a step does: `answer` puts the transaction of a request of ours in front, `raw` skips the sealing. */
const STEP = { send: 0, answer: 1, raw: 2, elsewhere: 4 } as const;
const SETTLE_MS = 700;
const TRANSACTION_BYTES = 4;
/** Transaction, and whether the sender is a leaf. */
const HEAD_BYTES = 5;

const seeds = new SeededRandom('fuzz dht');
const nodeKeys = nodeKeyPairFromSeed(seeds.bytes(32));
const strangerKeys = nodeKeyPairFromSeed(seeds.bytes(32));
const here: Endpoint = { host: '198.51.100.1', port: 4_000 };
const there: Endpoint = { host: '192.0.2.66', port: 9 };
const elsewhere: Endpoint = { host: '203.0.113.9', port: 9 };

/** A socket without a network: the fuzzer hands packets in and looks at what comes out. */
class LooseSocket implements NetworkSocket {
  readonly port = here.port;
  readonly traffic = { packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0 };
  readonly sent: { readonly packet: Uint8Array; readonly to: Endpoint }[] = [];
  deliver: (packet: Uint8Array, from: Endpoint) => void = () => {};

  localAddresses(): readonly string[] {
    return [here.host];
  }

  send(packet: Uint8Array, to: Endpoint): void {
    this.sent.push({ packet, to });
  }

  onDatagram(listener: (packet: Uint8Array, from: Endpoint) => void): void {
    this.deliver = listener;
  }

  openStream(): never {
    throw new Error('no streams here');
  }

  async close(): Promise<void> {}
}

/** The DHT's sealing, worked out anew from docs/protocol.md for a node that may say anything. */
class Stranger {
  readonly #shared: Uint8Array;

  constructor({ publicKey, secretKey }: NodeKeyPair, peer: Uint8Array) {
    const [low, high] = [publicKey, peer].sort((a, b) => (toHex(a) < toHex(b) ? -1 : 1));
    this.#shared = hash32('parley dht datagram', concat(x25519(secretKey, peer)!, low!, high!));
  }

  seal(plain: Uint8Array): Uint8Array {
    const packet = new Uint8Array(DHT_BOX_OFFSET + plain.length + TAG_BYTES);
    packet[0] = PACKET_KIND.dht;
    packet.set(strangerKeys.publicKey, DHT_KEY_OFFSET);
    secretboxSealInto(packet, DHT_BOX_OFFSET, this.#shared, packet.slice(DHT_NONCE_OFFSET, DHT_BOX_OFFSET), plain);
    return packet;
  }

  open(packet: Uint8Array): Uint8Array | undefined {
    const nonce = packet.slice(DHT_NONCE_OFFSET, DHT_BOX_OFFSET);
    return secretboxOpen(this.#shared, nonce, packet.slice(DHT_BOX_OFFSET));
  }
}

const stranger = new Stranger(strangerKeys, nodeKeys.publicKey);

/** A node that knows the stranger as its bootstrap node and has registered a position. */
async function runNode(input: Uint8Array): Promise<boolean> {
  const clock = new VirtualClock();
  const random = new SeededRandom('fuzzed node');
  const log = new ComplaintLog();
  const socket = new LooseSocket();
  const transport = new Transport({ socket, logger: log });
  const bootstrap = [{ key: strangerKeys.publicKey, endpoint: there }];
  const dht = new Dht({ transport, keys: nodeKeys, clock, random, logger: log, bootstrap });
  const profile = createProfileKeyPair(new SeededRandom('fuzzed position'));
  const claim = {
    publicKey: profile.publicKey,
    sign: (purpose: string, ...parts: readonly Uint8Array[]) => sign(profile.secretKey, purpose, ...parts),
  };
  dht.register(claim, ({ payload, answer }) => answer(payload));
  dht.start();
  const asked: Uint8Array[] = [];
  let replies = 0;
  const listen = () => {
    for (const { packet } of socket.sent.splice(0)) {
      const plain = stranger.open(packet);
      if (plain === undefined) continue;
      const kind = plain[HEAD_BYTES]!;
      if (kind % 2 === 0) asked.push(plain.slice(0, TRANSACTION_BYTES));
      else replies++;
    }
  };
  for (const { flags, bytes } of readSteps(input)) {
    listen();
    const transaction = (flags & STEP.answer) !== 0 ? asked.shift() : undefined;
    const plain = transaction === undefined ? bytes : concat(transaction, bytes.subarray(TRANSACTION_BYTES));
    socket.deliver(
      (flags & STEP.raw) !== 0 ? bytes : stranger.seal(plain),
      (flags & STEP.elsewhere) !== 0 ? elsewhere : there,
    );
  }
  await clock.runFor(SETTLE_MS);
  listen();
  dht.stop();
  log.mustBeEmpty();
  must(transport.drops.get('handler-failed') === 0, 'a packet handler threw');
  return replies > 0 || dht.table.size > 0;
}

const body = (index: number) => encode(dhtBody, DHT_BODIES[index]!);
const message = (index: number) => concat(new Uint8Array(HEAD_BYTES), body(index));

const packets: FuzzTarget = {
  name: 'dht.Rpc sealed',
  corpus: [
    ...DHT_BODIES.map((_, i) => writeSteps([{ flags: STEP.send, bytes: message(i) }])),
    // The node's first request, to its bootstrap node, is answered; then the stranger is in its table and asks.
    ...DHT_BODIES.map((_, i) =>
      writeSteps([
        { flags: STEP.answer, bytes: message(3) },
        { flags: i % 2 === 0 ? STEP.send : STEP.answer, bytes: message(i) },
      ]),
    ),
  ],
  weight: 4,
  run: runNode,
};

const raw: FuzzTarget = {
  name: 'dht.Rpc raw',
  corpus: DHT_BODIES.slice(0, 6).map((_, i) => {
    must(decode(dhtMessage, message(i)).ok, 'a sample does not decode');
    return writeSteps([{ flags: STEP.raw, bytes: stranger.seal(message(i)) }]);
  }),
  run: (input) => runNode(input),
};

/** Announcements on the local network, from anybody there. */
const lan: FuzzTarget = {
  name: 'net.LanDiscovery',
  corpus: [concat(Uint8Array.of(PACKET_KIND.lan, 1, 0x0f, 0xa0), seeds.bytes(32), seeds.bytes(8))],
  run(input) {
    const log = new ComplaintLog();
    const socket = new LooseSocket();
    const transport = new Transport({ socket, logger: log });
    let heard: (packet: Uint8Array, from: Endpoint) => void = () => {};
    const port = {
      announce: () => {},
      onAnnouncement: (listener: typeof heard) => {
        heard = listener;
      },
      close: async () => {},
    };
    let found = 0;
    const discovery = new LanDiscovery({
      ...{ clock: new VirtualClock(), random: new SeededRandom('lan'), transport, lan: port, key: nodeKeys.publicKey },
      onFound: () => {
        found++;
      },
    });
    discovery.start();
    const near = { host: '198.51.100.7', port: 4_000 };
    heard(input, near);
    socket.deliver(input, near);
    log.mustBeEmpty();
    must(transport.drops.get('handler-failed') === 0, 'a packet handler threw');
    must(found <= 1, 'found one node twice');
    return found > 0;
  },
};

export const DHT_TARGETS: readonly FuzzTarget[] = [packets, raw, lan];
