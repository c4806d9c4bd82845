import { encode } from '../codec/layout.ts';
import { MAX_DATAGRAM_BYTES } from '../codec/limits.ts';
import { CONTROL_DATAGRAM, controlDatagram, controlFrame, readDatagramHeader } from '../codec/link.ts';
import { createProfileKeyPair } from '../crypto/crypto.ts';
import { DatagramBox } from '../link/datagram-box.ts';
import { EPOCH_MS, REKEY_AFTER_MS } from '../link/epoch.ts';
import { pairWith } from '../link/handshake.ts';
import { linkIdentity } from '../link/identity.ts';
import { RecordWriter } from '../link/record-writer.ts';
import { Session, type SessionHost } from '../link/session.ts';
import { CHANNELS } from '../link/types.ts';
import { DropCounter } from '../net/transport.ts';
import type { NetworkStream } from '../ports/network.ts';
import { CONTROL_FRAMES } from './fuzz-layouts.ts';
import { ComplaintLog } from './fuzz-log.ts';
import { readSteps, writeSteps } from './fuzz-steps.ts';
import { type FuzzTarget, must } from './fuzz-target.ts';
import { SeededRandom } from './seeded-random.ts';
import { VirtualClock } from './virtual-clock.ts';

/** The lowest bits are the channel of a frame; or it is a datagram of the link's own. */
const STEP = { channel: 3, datagram: 4, pause: 8 } as const;
const INDEX = 7;

const seeds = new SeededRandom('fuzz session');
const [us, peer] = [createProfileKeyPair(seeds), createProfileKeyPair(seeds)];
const pair = pairWith(linkIdentity(us), peer.publicKey, new SeededRandom('pair'))!;
const remote = { host: '192.0.2.1', port: 4_000 };
const keyOf = (name: string) => new SeededRandom(`key ${name}`).bytes(32);

class LooseStream implements NetworkStream {
  readonly pendingBytes = 0;
  readonly rttMs = 1;
  deliver: (bytes: Uint8Array) => void = () => {};
  #close: (reason: 'ended' | 'destroyed' | 'failed') => void = () => {};

  write(): boolean {
    return true;
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.deliver = listener;
  }

  onDrain(): void {}

  onClose(listener: (reason: 'ended' | 'destroyed' | 'failed') => void): void {
    this.#close = listener;
  }

  end(): void {
    this.#close('ended');
  }

  destroy(): void {
    this.#close('destroyed');
  }

  changeRemote(): void {}
}

/** A friend who holds the right keys seals frames and datagrams of any content: the link may end, no more. */
async function runSession(input: Uint8Array): Promise<boolean> {
  const clock = new VirtualClock();
  const log = new ComplaintLog();
  const drops = new DropCounter();
  const stream = new LooseStream();
  const told = { confirmed: 0, ended: 0, down: 0 };
  const session = new Session({
    ...{ pair, peerIndex: 1, stream, remote },
    keys: {
      send: { stream: keyOf('our stream'), datagram: keyOf('our datagrams') },
      receive: { stream: keyOf('their stream'), datagram: keyOf('their datagrams') },
      handshakeHash: new Uint8Array(64),
    },
    environment: {
      ...{ clock, random: new SeededRandom('session'), logger: log, drops, sendPacket: () => {} },
      ...{ epochMs: EPOCH_MS, rekeyAfterMs: REKEY_AFTER_MS },
    },
    host: countingHost(told),
  });
  const writer = new RecordWriter({ key: keyOf('their stream'), write: (record) => stream.deliver(record) });
  const box = new DatagramBox(INDEX, keyOf('their datagrams'), keyOf('our datagrams'));
  for (const { flags, bytes } of readSteps(input)) {
    if ((flags & STEP.datagram) === 0) {
      writer.push(flags & STEP.channel, bytes);
      writer.flush();
    } else {
      const packet = box.seal(CONTROL_DATAGRAM, bytes.subarray(0, MAX_DATAGRAM_BYTES));
      session.receiveDatagram(readDatagramHeader(packet)!, packet, remote);
    }
    if ((flags & STEP.pause) !== 0) await clock.runFor(300);
  }
  await clock.runFor(2_000);
  const survived = session.up;
  session.close();
  await clock.runFor(5_000);
  log.mustBeEmpty();
  must(drops.get('stream-handler-failed') === 0, 'the stream handler threw');
  must(told.confirmed <= 1 && told.ended === 1 && told.down === told.confirmed, `told ${JSON.stringify(told)}`);
  return survived;
}

function countingHost(told: { confirmed: number; ended: number; down: number }): SessionHost {
  return {
    confirmed: () => {
      told.confirmed++;
    },
    ended: () => {
      told.ended++;
    },
    down: () => {
      told.down++;
    },
    candidates: () => [remote],
    askOverlay: () => {},
    contact: () => ({ token: new Uint8Array(16), endpoints: [] }),
    learned: () => {},
    replaced: () => {},
    accepts: () => true,
  };
}

const control = CONTROL_FRAMES.map((frame) => encode(controlFrame, frame));
const datagrams = [
  encode(controlDatagram, { kind: 'ping', body: { number: 1 } }),
  encode(controlDatagram, { kind: 'pong', body: { number: 1, opened: 0 } }),
  encode(controlDatagram, { kind: 'challenge', body: { nonce: new Uint8Array(8) } }),
  encode(controlDatagram, { kind: 'response', body: { nonce: new Uint8Array(8) } }),
  encode(controlDatagram, { kind: 'close', body: { records: 3 } }),
  encode(controlDatagram, { kind: 'replaced', body: {} }),
];

/** What is inside of a link's seals. */
export const SESSION_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'link.Session',
    weight: 4,
    corpus: [
      ...control.map((bytes) => writeSteps([{ flags: CHANNELS.control, bytes }])),
      ...datagrams.map((bytes) => writeSteps([{ flags: STEP.datagram, bytes }])),
      writeSteps(control.map((bytes) => ({ flags: STEP.pause, bytes }))),
      writeSteps(datagrams.map((bytes) => ({ flags: STEP.datagram | STEP.pause, bytes }))),
      writeSteps([{ flags: CHANNELS.messages, bytes: new Uint8Array(40) }]),
    ],
    run: runSession,
  },
];
