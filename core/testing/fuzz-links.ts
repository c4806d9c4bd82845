import { PACKET_KIND, ROUTED_PAYLOAD_BYTES } from '../codec/limits.ts';
import { encodeMessageFrame } from '../codec/messages.ts';
import { CHANNELS } from '../link/types.ts';
import { MESSAGE_FRAMES } from './fuzz-layouts.ts';
import { readSteps, writeSteps } from './fuzz-steps.ts';
import { type FuzzTarget, must, utf8 } from './fuzz-target.ts';
import { LinkWorld, linkOf, type Person } from './link-world.ts';
import { homeOf } from './positions.ts';

const PORT = 4_000;
const USER_CHANNEL = 5;
const USER_DATAGRAM = 5;
const RECONNECT_MS = 120_000;
/** A whole world runs for each input. */
const WORLD_LIMIT_MS = 3_000;

const SEED = 'fuzz links';
/** Who seems to have sent an injected packet; `letter`: it is routed to the person instead. */
const STEP = { fromStranger: 0, fromFriend: 1, letter: 2 } as const;

/** Two friends who are past their first second: all that `captured` saw lies behind them. */
async function talked(world: LinkWorld): Promise<[a: Person, b: Person]> {
  const [a, b] = await world.linked();
  linkOf(a, b)!.sendDatagram(USER_DATAGRAM, utf8('voice'));
  await world.clock.runFor(1_000);
  return [a, b];
}

/** Everything a person B and a friend A of B said to each other so far, in a world of the same seed. */
async function captured(): Promise<{ datagrams: Uint8Array[]; letters: Uint8Array[] }> {
  const world = new LinkWorld(SEED);
  const datagrams: Uint8Array[] = [];
  world.network.onPacket(({ kind, packet }) => {
    if (kind === 'datagram') datagrams.push(packet.slice());
    return undefined;
  });
  await talked(world);
  return { datagrams, letters: world.overlay.carried.map(({ payload }) => payload) };
}

function mustBeSound(...people: readonly Person[]): void {
  for (const { complaints, transport } of people) {
    must(complaints.length === 0, `complained: ${complaints.join('; ')}`);
    must(transport.drops.get('handler-failed') === 0, 'a packet handler threw');
  }
}

/** A frame goes from A to B once and whole. */
async function mustCarry(world: LinkWorld, a: Person, b: Person): Promise<void> {
  const heard: string[] = [];
  linkOf(b, a)!
    .channel(USER_CHANNEL)
    .onFrames((frames) => heard.push(...frames.map((frame) => frame.join())));
  linkOf(a, b)!.channel(USER_CHANNEL).send(utf8('still here'));
  await world.clock.runFor(500);
  must(heard.join('|') === utf8('still here').join(), 'a frame did not arrive once and whole');
}

/** Packets and letters of strangers and forgers cannot end a link, be taken for a friend's, or draw an answer. */
async function injected(input: Uint8Array): Promise<boolean> {
  const world = new LinkWorld(SEED);
  const [a, b] = await talked(world);
  const heard: Uint8Array[] = [];
  linkOf(b, a)!.onDatagram(USER_DATAGRAM, (payload) => heard.push(payload));
  const to = { host: b.host.address, port: PORT };
  const stranger = { host: world.network.host('192.0.2.66').address, port: 9 };
  let answers = 0;
  world.network.onPacket((packet) => {
    if (packet.to.host === stranger.host) answers++;
    return undefined;
  });
  for (const { flags, bytes } of readSteps(input)) {
    if ((flags & STEP.letter) !== 0) {
      const payload = new Uint8Array(ROUTED_PAYLOAD_BYTES);
      payload.set(bytes.subarray(0, ROUTED_PAYLOAD_BYTES));
      world.overlay.carry(homeOf(b.profile), payload);
    } else {
      const from = (flags & STEP.fromFriend) !== 0 ? { host: a.host.address, port: PORT } : stranger;
      world.network.inject(from, to, bytes);
    }
  }
  await world.clock.runFor(200);
  must(answers === 0, 'a stranger got an answer');
  must(heard.length === 0, 'a datagram nobody sent was handed out');
  must(linkOf(b, a) !== undefined && linkOf(a, b) !== undefined, 'the link broke');
  await mustCarry(world, a, b);
  mustBeSound(a, b);
  return true;
}

/** A friend is let in by the keys, and sends what it likes inside: the link may break, but nothing else. */
async function hostileFriend(input: Uint8Array): Promise<boolean> {
  const world = new LinkWorld(SEED);
  const [a, b] = await world.linked();
  linkOf(b, a)!
    .channel(CHANNELS.messages)
    .onFrames(() => {});
  for (const { flags, bytes } of readSteps(input)) {
    const link = linkOf(a, b);
    if (link === undefined) break;
    link.channel(1 + (flags & 3)).send(bytes);
    if ((flags & 4) !== 0) link.sendDatagram(1 + (flags >> 3), bytes.subarray(0, 1_000));
    if ((flags & 8) !== 0) await world.clock.runFor(30);
  }
  await world.clock.runFor(300);
  mustBeSound(b);
  const unbroken = a.downs.length + b.downs.length === 0;
  await world.clock.runUntilTrue(
    () => linkOf(a, b) !== undefined && linkOf(b, a) !== undefined,
    RECONNECT_MS,
    'a link again',
  );
  await mustCarry(world, a, b);
  mustBeSound(b);
  return unbroken;
}

/** The packet handlers of `ParleyLinks`, whole. */
export async function linkTargets(): Promise<readonly FuzzTarget[]> {
  const { datagrams, letters } = await captured();
  const frames = MESSAGE_FRAMES.map(encodeMessageFrame);
  const one = (flags: number, bytes: Uint8Array) => writeSteps([{ flags, bytes }]);
  return [
    {
      name: 'link.ParleyLinks packets',
      limitMs: WORLD_LIMIT_MS,
      weight: 5,
      corpus: [
        ...datagrams.flatMap((packet) => [one(STEP.fromStranger, packet), one(STEP.fromFriend, packet)]),
        ...letters.map((letter) => one(STEP.letter, letter)),
        writeSteps(datagrams.slice(0, 8).map((bytes) => ({ flags: STEP.fromFriend, bytes }))),
        one(STEP.fromFriend, Uint8Array.of(PACKET_KIND.punch, 1, 2, 3)),
      ],
      maxBytes: 4_000,
      run: injected,
    },
    {
      name: 'link.ParleyLinks hostile friend',
      limitMs: WORLD_LIMIT_MS,
      weight: 5,
      corpus: [
        ...frames.flatMap((frame) => [one(0, frame), one(4 | 1, frame)]),
        writeSteps(frames.map((bytes) => ({ flags: 8, bytes }))),
      ],
      maxBytes: 4_000,
      run: hostileFriend,
    },
  ];
}
