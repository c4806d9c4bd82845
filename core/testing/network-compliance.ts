import {
  type Endpoint,
  type Network,
  type NetworkSocket,
  type NetworkStream,
  PortInUseError,
} from '../ports/network.ts';
import { SeededRandom } from './seeded-random.ts';

/** Two programs on a network: the same computer or two. */
export interface ComplianceNetwork {
  readonly a: Network;
  readonly b: Network;
  /** Numeric addresses to bind and to reach them by. */
  readonly hostA: string;
  readonly hostB: string;
  /** The same in IPv6, where there is any. */
  readonly hostA6?: string;
  readonly hostB6?: string;
  /** Lets time pass until the condition holds. @throws {Error} when it does not. */
  until(condition: () => boolean, what: string): Promise<void>;
  /** Lets enough time pass for packets under way to arrive. */
  rest(): Promise<void>;
}

export interface ComplianceCase {
  /** The rule, as the name of a test. */
  readonly rule: string;
  run(network: ComplianceNetwork): Promise<void>;
}

function equal(actual: unknown, expected: unknown, what: string): void {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (got !== wanted) throw new Error(`${what}: expected ${wanted}, got ${got}`);
}

function holds(condition: boolean, what: string): void {
  if (!condition) throw new Error(`it does not hold that ${what}`);
}

async function failureOf(action: () => unknown): Promise<unknown> {
  try {
    await action();
  } catch (error) {
    return error;
  }
  return undefined;
}

interface Heard {
  readonly packet: number[];
  readonly from: Endpoint;
}

function listen(socket: NetworkSocket): Heard[] {
  const heard: Heard[] = [];
  socket.onDatagram((packet, from) => heard.push({ packet: [...packet], from: { ...from } }));
  return heard;
}

interface Pair {
  readonly a: NetworkSocket;
  readonly b: NetworkSocket;
  readonly toA: Endpoint;
  readonly toB: Endpoint;
}

async function withPair(
  network: ComplianceNetwork,
  run: (pair: Pair) => Promise<void>,
  hosts: readonly [string, string] = [network.hostA, network.hostB],
): Promise<void> {
  const a = await network.a.bind({ port: 0, host: hosts[0] });
  const b = await network.b.bind({ port: 0, host: hosts[1] });
  try {
    await run({ a, b, toA: { host: hosts[0], port: a.port }, toB: { host: hosts[1], port: b.port } });
  } finally {
    await a.close();
    await b.close();
  }
}

/** What came in by a stream. */
class Receiver {
  readonly reasons: string[] = [];
  length = 0;
  readonly #chunks: Uint8Array[] = [];

  constructor(stream: NetworkStream) {
    stream.onData((bytes) => {
      this.#chunks.push(bytes.slice());
      this.length += bytes.length;
    });
    stream.onClose((reason) => this.reasons.push(reason));
  }

  /** True when exactly these bytes came in, in order. */
  got(expected: Uint8Array): boolean {
    if (this.length !== expected.length) return false;
    let at = 0;
    for (const chunk of this.#chunks) for (const byte of chunk) if (byte !== expected[at++]) return false;
    return true;
  }
}

/** Numbers far apart, as random ones are. */
let lastId = 0;
function newId(): number {
  lastId += 10_000;
  return lastId;
}

/** Two ends of one stream. */
function openBoth({ a, b, toA, toB }: Pair) {
  const [idA, idB] = [newId(), newId()];
  const streamA = a.openStream({ localId: idA, remoteId: idB, remote: toB });
  const streamB = b.openStream({ localId: idB, remoteId: idA, remote: toA });
  return { streamA, streamB, atA: new Receiver(streamA), atB: new Receiver(streamB), idA, idB };
}

/** Writes all of it in pieces of at most `pieceBytes`, waiting when told to. */
function pump(stream: NetworkStream, bytes: Uint8Array, pieceBytes: number): { waits: number } {
  const state = { waits: 0 };
  let at = 0;
  const more = () => {
    while (at < bytes.length) {
      const piece = bytes.slice(at, at + pieceBytes);
      at += piece.length;
      if (!stream.write(piece)) {
        state.waits++;
        return;
      }
    }
  };
  stream.onDrain(more);
  more();
  return state;
}

const random = new SeededRandom('network compliance');

const datagrams: readonly ComplianceCase[] = [
  {
    rule: 'a datagram arrives whole, with an endpoint that an answer can go to',
    run: (network) =>
      withPair(network, async ({ a, b, toA, toB }) => {
        const [heardA, heardB] = [listen(a), listen(b)];
        a.send(Uint8Array.of(1, 2, 3), toB);
        await network.until(() => heardB.length === 1, 'B hears A');
        equal(heardB[0], { packet: [1, 2, 3], from: toA }, 'what B heard');
        b.send(new Uint8Array(1_232).fill(7), heardB[0]!.from);
        await network.until(() => heardA.length === 1, 'A hears B');
        equal([heardA[0]!.packet.length, heardA[0]!.from], [1_232, toB], 'what A heard');
      }),
  },
  {
    rule: 'sending to nobody, to port 0 and to what is no address never throws',
    run: (network) =>
      withPair(network, async ({ a, b, toB }) => {
        const heard = listen(b);
        a.send(Uint8Array.of(1), { host: toB.host, port: 9 });
        a.send(Uint8Array.of(1), { host: toB.host, port: 0 });
        a.send(Uint8Array.of(1), { host: 'nowhere', port: 9 });
        a.send(Uint8Array.of(1), { host: '2001:db8::1', port: 9 });
        a.send(Uint8Array.of(2), toB);
        await network.until(() => heard.length === 1, 'B hears A');
        equal(heard[0]!.packet, [2], 'what B heard');
      }),
  },
  {
    rule: 'traffic is counted on both sides',
    run: (network) =>
      withPair(network, async ({ a, b, toB }) => {
        const heard = listen(b);
        for (let i = 0; i < 5; i++) a.send(new Uint8Array(100), toB);
        await network.until(() => heard.length === 5, 'B hears A');
        equal([a.traffic.packetsOut, a.traffic.bytesOut], [5, 500], 'sent');
        equal([b.traffic.packetsIn, b.traffic.bytesIn], [5, 500], 'received');
      }),
  },
  {
    rule: 'the system chooses a port, and a port that is taken is refused by name',
    run: (network) =>
      withPair(network, async ({ a }) => {
        holds(a.port > 0 && a.port < 65_536, 'a port was chosen');
        equal(a.localAddresses(), [network.hostA], 'addresses of a socket bound to one');
        const error = await failureOf(() => network.a.bind({ port: a.port, host: network.hostA }));
        holds(error instanceof PortInUseError && error.port === a.port, 'the second bind fails with PortInUseError');
      }),
  },
  {
    rule: 'a closed socket frees its port, sends and hears nothing, and may be closed again',
    run: async (network) => {
      const first = await network.a.bind({ port: 0, host: network.hostA });
      const heardByFirst = listen(first);
      await first.close();
      await first.close();
      first.send(Uint8Array.of(1), { host: network.hostB, port: 9 });
      const second = await network.a.bind({ port: first.port, host: network.hostA });
      const heardBySecond = listen(second);
      const sender = await network.b.bind({ port: 0, host: network.hostB });
      sender.send(Uint8Array.of(5), { host: network.hostA, port: second.port });
      await network.until(() => heardBySecond.length === 1, 'the second socket hears');
      equal(heardByFirst, [], 'what the closed socket heard');
      holds(
        (await failureOf(() =>
          first.openStream({ localId: 1, remoteId: 2, remote: { host: network.hostB, port: 9 } }),
        )) !== undefined,
        'a closed socket opens no stream',
      );
      await second.close();
      await sender.close();
    },
  },
  {
    rule: 'IPv6 works like IPv4',
    run: async (network) => {
      if (network.hostA6 === undefined || network.hostB6 === undefined) return;
      await withPair(
        network,
        async (pair) => {
          const heard = listen(pair.b);
          pair.a.send(Uint8Array.of(6), pair.toB);
          await network.until(() => heard.length === 1, 'B hears A');
          equal(heard[0]!.from, pair.toA, 'the source');
          const { streamA, atB } = openBoth(pair);
          streamA.write(Uint8Array.of(1, 2, 3));
          await network.until(() => atB.got(Uint8Array.of(1, 2, 3)), 'the stream delivers');
        },
        [network.hostA6, network.hostB6],
      );
    },
  },
];

const streams: readonly ComplianceCase[] = [
  {
    rule: 'a stream carries much data both ways at once, in order',
    run: (network) =>
      withPair(network, async (pair) => {
        const { streamA, streamB, atA, atB } = openBoth(pair);
        const [fromA, fromB] = [random.bytes(3_000_001), random.bytes(500_000)];
        pump(streamA, fromA, 65_536);
        pump(streamB, fromB, 777);
        await network.until(() => atB.length >= fromA.length && atA.length >= fromB.length, 'all bytes arrive');
        holds(atB.got(fromA), 'B got what A wrote');
        holds(atA.got(fromB), 'A got what B wrote');
        await network.until(() => streamA.pendingBytes === 0 && streamB.pendingBytes === 0, 'all is acknowledged');
      }),
  },
  {
    rule: 'many small writes arrive in order',
    run: (network) =>
      withPair(network, async (pair) => {
        const { streamA, atB } = openBoth(pair);
        const bytes = random.bytes(100_000);
        for (let at = 0, size = 1; at < bytes.length; at += size, size = (size % 200) + 1) {
          streamA.write(bytes.slice(at, at + size));
        }
        await network.until(() => atB.length >= bytes.length, 'all bytes arrive');
        holds(atB.got(bytes), 'B got what A wrote');
      }),
  },
  {
    rule: 'back-pressure: a writer is told to wait, and told when to go on',
    run: (network) =>
      withPair(network, async (pair) => {
        const { streamA, atB } = openBoth(pair);
        const bytes = random.bytes(12_000_000);
        const state = pump(streamA, bytes, 65_536);
        holds(state.waits === 1, 'the writer waits');
        holds(streamA.pendingBytes > 0 && streamA.pendingBytes < bytes.length, 'only a part is queued');
        await network.until(() => atB.length >= bytes.length, 'all bytes arrive');
        holds(atB.got(bytes), 'B got what A wrote');
        holds(state.waits > 1, 'the writer waited more than once');
      }),
  },
  {
    rule: 'what is written before the peer opened its end arrives once it did, and is no datagram',
    run: (network) =>
      withPair(network, async ({ a, b, toA, toB }) => {
        const heard = listen(b);
        const [idA, idB] = [newId(), newId()];
        const streamA = a.openStream({ localId: idA, remoteId: idB, remote: toB });
        streamA.write(Uint8Array.of(1, 2, 3));
        await network.rest();
        const atB = new Receiver(b.openStream({ localId: idB, remoteId: idA, remote: toA }));
        await network.until(() => atB.length === 3, 'it arrives');
        equal(heard, [], 'datagrams');
      }),
  },
  {
    rule: 'data for another stream number does not reach a stream',
    run: (network) =>
      withPair(network, async ({ a, b, toA, toB }) => {
        const [idA, idB] = [newId(), newId()];
        const wrong = a.openStream({ localId: idA, remoteId: newId(), remote: toB });
        const atB = new Receiver(b.openStream({ localId: idB, remoteId: idA, remote: toA }));
        wrong.write(Uint8Array.of(1));
        await network.rest();
        equal([atB.length, wrong.pendingBytes], [0, 1], 'bytes received and pending');
      }),
  },
  {
    rule: 'a stream number is not given twice',
    run: (network) =>
      withPair(network, async (pair) => {
        const { idA } = openBoth(pair);
        const error = await failureOf(() => pair.a.openStream({ localId: idA, remoteId: 1, remote: pair.toB }));
        holds(error !== undefined, 'the second is refused');
      }),
  },
  {
    rule: 'end delivers what was written, then both sides close as ended, once',
    run: (network) =>
      withPair(network, async (pair) => {
        const { streamA, streamB, atA, atB } = openBoth(pair);
        const bytes = random.bytes(300_000);
        streamA.write(bytes);
        streamB.write(Uint8Array.of(9));
        streamA.end();
        streamA.end();
        holds(!streamA.write(Uint8Array.of(1)), 'nothing is written after the end');
        await network.until(() => atA.reasons.length > 0 && atB.reasons.length > 0, 'both close');
        await network.rest();
        streamA.destroy();
        equal([atA.reasons, atB.reasons], [['ended'], ['ended']], 'reasons');
        holds(atB.got(bytes), 'B got what A wrote');
        holds(atA.got(Uint8Array.of(9)), 'A got what B wrote');
      }),
  },
  {
    rule: 'a message of any length arrives whole, with nothing after it, at a reader that says what it misses',
    run: (network) =>
      withPair(network, async ({ a, b, toA, toB }) => {
        const [idA, idB] = [newId(), newId()];
        const sender = a.openStream({ localId: idA, remoteId: idB, remote: toB });
        const receiver = b.openStream({ localId: idB, remoteId: idA, remote: toA });
        let missing = 0;
        receiver.onData((bytes) => {
          missing -= bytes.length;
          receiver.expect?.(missing);
        });
        const lengths = Array.from({ length: 60 }, () => 1 + (random.uint32() % 80_000));
        for (const length of [1, 1_199, 4_800, 6_000, 71_679, 71_680, 71_681, ...lengths]) {
          missing = length;
          sender.write(random.bytes(length));
          await network.until(() => missing <= 0, `${length} bytes arrive`);
          equal(missing, 0, 'bytes missing');
        }
      }),
  },
  {
    rule: 'destroy closes both sides, once',
    run: (network) =>
      withPair(network, async (pair) => {
        const { streamA, streamB, atA, atB } = openBoth(pair);
        streamA.write(Uint8Array.of(1));
        await network.until(() => atB.length === 1, 'the stream is up');
        streamA.destroy();
        streamA.destroy();
        holds(!streamA.write(Uint8Array.of(2)), 'nothing is written after destroy');
        await network.until(() => atA.reasons.length > 0 && atB.reasons.length > 0, 'both close');
        await network.rest();
        holds(!streamB.write(Uint8Array.of(2)), 'the peer writes nothing either');
        equal([atA.reasons, atB.reasons, streamA.pendingBytes], [['destroyed'], ['destroyed'], 0], 'reasons');
      }),
  },
  {
    rule: 'closing the socket closes its streams, and their numbers are free again',
    run: (network) =>
      withPair(network, async (pair) => {
        const { streamA, atA, atB, idA, idB } = openBoth(pair);
        streamA.write(Uint8Array.of(1));
        await network.until(() => atB.length === 1, 'the stream is up');
        await pair.a.close();
        await network.until(() => atA.reasons.length > 0 && atB.reasons.length > 0, 'both close');
        equal([atA.reasons, atB.reasons], [['destroyed'], ['destroyed']], 'reasons');
        pair.b.openStream({ localId: idB, remoteId: idA, remote: pair.toA });
      }),
  },
  {
    rule: 'a stream goes on towards another endpoint with data under way to a dead one, also twice in a row',
    run: (network) =>
      withPair(network, async ({ a, b, toA, toB }) => {
        const [idA, idB] = [newId(), newId()];
        const streamA = a.openStream({ localId: idA, remoteId: idB, remote: { host: toB.host, port: 9 } });
        const streamB = b.openStream({ localId: idB, remoteId: idA, remote: toA });
        const [atA, atB] = [new Receiver(streamA), new Receiver(streamB)];
        const bytes = random.bytes(50_000);
        streamA.write(bytes.slice(0, 20_000));
        await network.rest();
        streamA.changeRemote({ host: toB.host, port: 10 });
        streamA.changeRemote(toB);
        streamA.write(bytes.slice(20_000));
        await network.until(() => atB.length === bytes.length, 'all bytes arrive');
        holds(atB.got(bytes), 'B got what A wrote');
        streamB.write(Uint8Array.of(1));
        await network.until(() => atA.length === 1, 'the answer arrives');
        await network.until(() => streamA.pendingBytes === 0 && streamB.pendingBytes === 0, 'all is acknowledged');
        streamA.end();
        await network.until(() => atA.reasons.length > 0 && atB.reasons.length > 0, 'both close');
        equal([atA.reasons, atB.reasons], [['ended'], ['ended']], 'reasons');
        holds(streamA.rttMs >= 0, 'the round-trip time is a number');
      }),
  },
];

/** What every Network must do. Each case leaves nothing bound. */
export const NETWORK_COMPLIANCE: readonly ComplianceCase[] = [...datagrams, ...streams];
