import * as v from 'valibot';
import { requests } from '../api/contract.ts';
import { encode } from '../codec/layout.ts';
import { encodeMessageFrame, friendRequest } from '../codec/messages.ts';
import { createProfileKeyPair } from '../crypto/crypto.ts';
import { inviteTag, type ProfileKey } from '../ids/bytes.ts';
import { encodePublicId } from '../ids/public-id.ts';
import { CHANNELS } from '../link/types.ts';
import { Messenger } from '../messenger/messenger.ts';
import { LinkNetwork } from '../messenger/testing/link-double.ts';
import { Store } from '../store/store.ts';
import { MESSAGE_FRAMES } from './fuzz-layouts.ts';
import { ComplaintLog } from './fuzz-log.ts';
import { readSteps, writeSteps } from './fuzz-steps.ts';
import { type FuzzTarget, must } from './fuzz-target.ts';
import { SeededRandom } from './seeded-random.ts';
import { VirtualClock } from './virtual-clock.ts';

const LIMIT_MS = 2_000;
/** `introduce`: the bytes are a friend request of a stranger; `pause`: what was sent so far arrives first. */
const STEP = { frame: 0, introduce: 1, pause: 2 } as const;

const seeds = new SeededRandom('fuzz messenger');
const [own, friend, stranger] = [1, 2, 3].map(() => createProfileKeyPair(seeds).publicKey) as [
  ProfileKey,
  ProfileKey,
  ProfileKey,
];
const tag = inviteTag(seeds.bytes(4));

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
  const messenger = new Messenger({ store, links, clock, random, logger: log, self: { key: own, tag } });
  let received = 0;
  messenger.onMessagesReceived(({ messages }) => {
    received += messages.length;
  });
  messenger.start();
  links.start();
  const others = [network.manager(friend), network.manager(stranger)] as const;
  for (const other of others) {
    other.addFriend(own);
    other.start();
  }
  const publicId = encodePublicId({ key: friend, tag });
  await clock.runUntilSettled(messenger.friends.add({ publicId, alias: 'F' }), 1_000);
  await clock.runFor(20);
  for (const { flags, bytes } of readSteps(input)) {
    if ((flags & STEP.introduce) !== 0) await others[1].introduce(own, tag, bytes);
    else others[0].linkTo(own)?.channel(CHANNELS.messages).send(bytes);
    if ((flags & STEP.pause) !== 0) await clock.runFor(3);
  }
  await clock.runFor(100);
  mustFitContract(messenger);
  await messenger.stop();
  store.close();
  log.mustBeEmpty();
  return received > 0;
}

/** Whatever was said to us, what we show of it fits the contract; else a request would fail as `internal`. */
function mustFitContract({ friends, messages }: Messenger): void {
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
  fits(requests['messages.search'].result, messages.search({ query: 'hello' }), 'the search');
}

const frames = MESSAGE_FRAMES.map(encodeMessageFrame);
const hello = { flags: STEP.pause, bytes: frames[0]! };
const request = encode(friendRequest, {
  ...{ version: 1, name: 'Carl', greeting: 'It is me', tag, sentAt: 1_767_225_600_000 },
  extension: new Uint8Array(0),
});

export const MESSENGER_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'messenger.Messenger',
    limitMs: LIMIT_MS,
    weight: 5,
    corpus: [
      ...frames.map((bytes) => writeSteps([hello, { flags: STEP.frame, bytes }])),
      writeSteps(frames.map((bytes) => ({ flags: STEP.frame, bytes }))),
      writeSteps([{ flags: STEP.introduce, bytes: request }, hello]),
    ],
    run: listen,
  },
];
