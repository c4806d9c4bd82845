import { decode, encode } from '../codec/layout.ts';
import {
  type DatagramHeader,
  datagramBytes,
  layOutDatagram,
  MAX_RECORD_PLAIN_BYTES,
  RECORD_HEADER_BYTES,
  readDatagramHeader,
  readFrames,
  readRecordHeader,
  writeFrame,
  writeRecordHeader,
} from '../codec/link.ts';
import { type LetterBody, letterLayout } from '../codec/query.ts';
import { aeadSeal, createProfileKeyPair, KEY_BYTES, nodeKeyPairFromSeed } from '../crypto/crypto.ts';
import { NoiseIK } from '../crypto/noise.ts';
import { concat, equalBytes } from '../ids/bytes.ts';
import { linkIdentity } from '../link/identity.ts';
import { openLetter, sealLetter } from '../link/letter.ts';
import { RecordReader } from '../link/record-reader.ts';
import { RecordWriter } from '../link/record-writer.ts';
import { LETTERS } from './fuzz-layouts.ts';
import { type FuzzTarget, must, mustBeSame } from './fuzz-target.ts';
import { SeededRandom } from './seeded-random.ts';

const random = new SeededRandom('fuzz sealed');
const prologue = new Uint8Array([1]);
const [alice, bob] = [1, 2].map(() => nodeKeyPairFromSeed(random.bytes(32))) as [
  ReturnType<typeof nodeKeyPairFromSeed>,
  ReturnType<typeof nodeKeyPairFromSeed>,
];
const ephemeralSeeds = [random.bytes(32), random.bytes(32)] as const;
const initiator = () =>
  NoiseIK.initiator({
    ...{ prologue, localStatic: alice, remoteStatic: bob.publicKey },
    ephemeral: nodeKeyPairFromSeed(ephemeralSeeds[0]),
  });
const responder = () =>
  NoiseIK.responder({ prologue, localStatic: bob, ephemeral: nodeKeyPairFromSeed(ephemeralSeeds[1]) });

const payload = random.bytes(24);
const first = initiator().writeMessage(payload)!;
const answered = responder();
answered.readMessage(first);
const second = answered.writeMessage(random.bytes(8))!;

/** A message that does not fit changes nothing: the true one is read after it. */
function noiseTarget(number: 1 | 2, truth: Uint8Array, reader: () => NoiseIK): FuzzTarget {
  return {
    name: `crypto.NoiseIK message ${number}`,
    corpus: [truth],
    run(input) {
      const noise = reader();
      if (noise.readMessage(input) === undefined) {
        must(noise.readMessage(truth) !== undefined, 'a false message kept the true one from being read');
        return false;
      }
      must(equalBytes(input, truth), 'read a forged message');
      return true;
    },
  };
}

const initiated = () => {
  const noise = initiator();
  noise.writeMessage(payload);
  return noise;
};

const [anna, bert] = [1, 2].map(() => linkIdentity(createProfileKeyPair(random))) as [
  ReturnType<typeof linkIdentity>,
  ReturnType<typeof linkIdentity>,
];
const toBert = { profile: bert.profile.publicKey, box: bert.box.publicKey };
const sealed = (body: LetterBody) => sealLetter({ identity: anna, random }, toBert, body)!;

const letter: FuzzTarget = {
  name: 'link.openLetter',
  corpus: LETTERS.map(sealed),
  run(input) {
    const opened = openLetter(bert, input);
    if (!opened.ok) return false;
    must(opened.value.isSigned(), 'an opened letter of an honest sender has a bad signature');
    const { from, body } = opened.value;
    const again = encode(letterLayout, { version: undefined, from, body, padding: undefined });
    must(decode(letterLayout, again).ok, 'what was read cannot be written');
    return true;
  },
};

const key = random.bytes(KEY_BYTES);
const frames = [new Uint8Array(0), random.bytes(5), random.bytes(300)];

function plainRecord(): Uint8Array {
  const out = new Uint8Array(400);
  let at = 0;
  frames.forEach((frame, channel) => {
    at = writeFrame(out, at, channel, frame);
  });
  return out.slice(0, at);
}

function stream(): Uint8Array {
  const records: Uint8Array[] = [];
  const writer = new RecordWriter({ key: key.slice(), write: (record) => records.push(record) });
  for (const frame of frames) {
    writer.push(1, frame);
    writer.flush();
  }
  return concat(...records);
}

/** Frames inside of a record that its key opened. */
const frameReader: FuzzTarget = {
  name: 'link.readFrames',
  corpus: [plainRecord()],
  run(input) {
    const out = new Uint8Array(input.length);
    let at = 0;
    const whole = readFrames(input, (channel, frame) => {
      at = writeFrame(out, at, channel, frame);
      return true;
    });
    must(at <= input.length, 'frames are longer than what they came in');
    if (whole) mustBeSame(input, out.subarray(0, at));
    return whole;
  },
};

/** A stream as a stranger on the path may change it: cut into chunks where its own bytes say. */
const streamReader: FuzzTarget = {
  name: 'link.RecordReader stream',
  corpus: [stream()],
  run(input) {
    const got: Uint8Array[] = [];
    const reader = new RecordReader(key.slice(), (_, frame) => got.push(frame) > 0);
    const failure = pushInChunks(reader, input);
    must(got.length <= frames.length, 'more frames than were sent');
    got.forEach((frame, i) => {
      must(equalBytes(frame, frames[i]!), 'a frame that was not sent');
    });
    return failure === undefined && got.length > 0;
  },
};

/** Records that a friend sealed with the right key and any content. */
const recordReader: FuzzTarget = {
  name: 'link.RecordReader content',
  corpus: [plainRecord()],
  maxBytes: 2_000,
  run(input) {
    const plain = input.subarray(0, MAX_RECORD_PLAIN_BYTES);
    const header = new Uint8Array(RECORD_HEADER_BYTES);
    writeRecordHeader(header, plain.length + 16);
    const record = concat(header, aeadSeal(plain, { key, counter: 0, ad: header }));
    must(readRecordHeader(record, 0) === plain.length + 16, 'a header reads differently');
    const reader = new RecordReader(key.slice(), () => true);
    return pushInChunks(reader, record) === undefined;
  },
};

function pushInChunks(reader: RecordReader, bytes: Uint8Array): string | undefined {
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + (bytes[at]! % 90);
    const failure = reader.push(bytes.subarray(at, at + length));
    if (failure !== undefined) return failure;
    at += length;
  }
  return undefined;
}

function laidOut(header: DatagramHeader, kind: number, payload: Uint8Array): Uint8Array {
  const packet = new Uint8Array(datagramBytes(payload.length));
  layOutDatagram(packet, header, kind, payload);
  return packet;
}

const datagramHeader: FuzzTarget = {
  name: 'link.readDatagramHeader',
  corpus: [laidOut({ index: 7, epoch: 1, counter: 2 ** 40 }, 3, random.bytes(160))],
  maxBytes: 1_500,
  run(input) {
    const header = readDatagramHeader(input);
    if (header === undefined) return false;
    must(header.counter <= Number.MAX_SAFE_INTEGER && header.index < 2 ** 32, 'a number that is none');
    const again = laidOut(header, 0, new Uint8Array(input.length - datagramBytes(0)));
    mustBeSame(input.subarray(1, 14), again.subarray(1, 14));
    return true;
  },
};

/** What is sealed or signed, as strangers can send it, and as friends can seal it. */
export const SEALED_TARGETS: readonly FuzzTarget[] = [
  noiseTarget(1, first, responder),
  noiseTarget(2, second, initiated),
  letter,
  frameReader,
  streamReader,
  recordReader,
  datagramHeader,
];
