import * as v from 'valibot';
import { events, requests } from '../api/contract.ts';
import { encodeCallDatagram, encodeCallFrame } from '../codec/calls.ts';
import { encode } from '../codec/layout.ts';
import { encodeMessageDatagram, encodeMessageFrame, friendRequest } from '../codec/messages.ts';
import { createProfileKeyPair } from '../crypto/crypto.ts';
import { inviteKeysFromSeed } from '../crypto/invite-key.ts';
import { inviteTag, toHex } from '../ids/bytes.ts';
import { encodePublicId } from '../ids/public-id.ts';
import { linkIdentity } from '../link/identity.ts';
import { CHANNELS, DATAGRAM_KINDS } from '../link/types.ts';
import { Messenger } from '../messenger/messenger.ts';
import { LinkNetwork } from '../messenger/testing/link-double.ts';
import { Store } from '../store/store.ts';
import { CALL_DATAGRAMS, CALL_FRAMES, MESSAGE_DATAGRAMS, MESSAGE_FRAMES } from './fuzz-layouts.ts';
import { ComplaintLog } from './fuzz-log.ts';
import { readSteps, writeSteps } from './fuzz-steps.ts';
import { type FuzzTarget, must } from './fuzz-target.ts';
import { homeOf } from './positions.ts';
import { SeededRandom } from './seeded-random.ts';
import { VirtualClock } from './virtual-clock.ts';

const LIMIT_MS = 2_000;
/**
 * `introduce`: the bytes are a friend request of a stranger; `pause`: what was sent so far arrives first; `call` and
 * `sound`: they are a frame or a datagram of calls; `word`: they are a datagram of messages; `take`: we take the first
 * call, or call ourselves.
 */
const STEP = { frame: 0, introduce: 1, pause: 2, call: 4, sound: 8, take: 16, word: 32 } as const;

const seeds = new SeededRandom('fuzz messenger');
const identity = linkIdentity(createProfileKeyPair(seeds));
const own = identity.profile.publicKey;
const [friend, stranger] = [createProfileKeyPair(seeds).publicKey, createProfileKeyPair(seeds).publicKey];
const tag = inviteTag(seeds.bytes(4));
const derive = async () => inviteKeysFromSeed(new Uint8Array(32).fill(6));

/** A person with a database, whose friend and a stranger say what the input holds. */
async function listen(input: Uint8Array): Promise<boolean> {
  const clock = new VirtualClock();
  const random = new SeededRandom('fuzzed messenger');
  const log = new ComplaintLog();
  const network = new LinkNetwork(clock, { latencyMs: 1, connectMs: 1 });
  const path = ':memory:';
  const key = new Uint8Array(32).fill(5);
  const store = new Store({ path, key, deviceTag: () => random.bytes(8), wall: () => clock.wall() });
  const links = network.manager(own);
  const messenger = new Messenger({ store, links, clock, random, logger: log, self: { identity, tag }, derive });
  let received = 0;
  let calls = 0;
  messenger.onMessagesReceived(({ messages }) => {
    received += messages.length;
  });
  messenger.calls.changed.on((view) => {
    calls++;
    must(v.safeParse(events['calls.changed'], view).success, 'a call does not fit the contract');
  });
  messenger.start();
  links.start();
  const others = [network.manager(friend), network.manager(stranger)] as const;
  for (const other of others) {
    other.addFriend(own, homeOf(identity.profile));
    other.start();
  }
  const publicId = encodePublicId({ key: friend, tag });
  await clock.runUntilSettled(messenger.friends.add({ publicId, alias: 'F' }), 1_000);
  await clock.runFor(20);
  for (const { flags, bytes } of readSteps(input)) {
    if ((flags & STEP.introduce) !== 0) await others[1].introduce({ profile: own, tag }, bytes);
    else if ((flags & STEP.sound) !== 0) others[0].linkTo(own)?.sendDatagram(DATAGRAM_KINDS.calls, bytes);
    else if ((flags & STEP.word) !== 0) others[0].linkTo(own)?.sendDatagram(DATAGRAM_KINDS.messages, bytes);
    else
      others[0]
        .linkTo(own)
        ?.channel(flags & STEP.call ? CHANNELS.calls : CHANNELS.messages)
        .send(bytes);
    if ((flags & STEP.take) !== 0) takeCall(messenger, toHex(friend));
    if ((flags & STEP.pause) !== 0) await clock.runFor(3);
  }
  await clock.runFor(100);
  mustFitContract(messenger);
  await messenger.stop();
  store.close();
  log.mustBeEmpty();
  return received > 0 || calls > 0;
}

function takeCall({ calls }: Messenger, friend: string): void {
  const [first] = calls.list();
  if (first === undefined) calls.begin({ friend });
  else if (first.state === 'ringing') calls.accept(first);
  else calls.setMuted({ call: first.call, muted: !first.muted });
}

/** Whatever was said to us, what we show of it fits the contract; else a request would fail as `internal`. */
export function mustFitContract({ friends, messages, calls }: Messenger): void {
  const fits = (schema: v.GenericSchema, value: unknown, what: string) => {
    must(v.safeParse(schema, value).success, `${what} does not fit the contract`);
  };
  const list = friends.list();
  fits(requests['friends.list'].result, list, 'the list of friends');
  fits(requests['friends.requests'].result, friends.listRequests(), 'the list of requests');
  const chat = messages.list({ friend: list[0]!.key, limit: 500 });
  fits(requests['messages.list'].result, chat, 'the chat');
  must(
    chat.every((message, i) => message.order > (chat[i - 1]?.order ?? -1)),
    'the chat is not in order',
  );
  fits(requests['calls.list'].result, calls.list(), 'the list of calls');
  fits(requests['messages.search'].result, messages.search({ query: 'hello' }), 'the search');
}

const frames = MESSAGE_FRAMES.map(encodeMessageFrame);
const hello = { flags: STEP.pause, bytes: frames[0]! };
const request = encode(friendRequest, {
  ...{ version: 1, name: 'Carl', greeting: 'It is me', tag, sentAt: 1_767_225_600_000 },
  ...{ home: new Uint8Array(32).fill(1), extension: new Uint8Array(0) },
});

export const MESSENGER_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'messenger.Messenger',
    limitMs: LIMIT_MS,
    weight: 5,
    corpus: [
      ...frames.map((bytes) => writeSteps([hello, { flags: STEP.frame, bytes }])),
      writeSteps(frames.map((bytes) => ({ flags: STEP.frame, bytes }))),
      writeSteps([
        ...CALL_FRAMES.map((frame) => ({ flags: STEP.call | STEP.pause | STEP.take, bytes: encodeCallFrame(frame) })),
        ...CALL_DATAGRAMS.map((datagram) => ({ flags: STEP.sound, bytes: encodeCallDatagram(datagram) })),
      ]),
      writeSteps([
        hello,
        ...MESSAGE_DATAGRAMS.map((datagram) => ({ flags: STEP.word, bytes: encodeMessageDatagram(datagram) })),
      ]),
      writeSteps([{ flags: STEP.introduce, bytes: request }, hello]),
    ],
    run: listen,
  },
];
