import { decode, encode } from '../codec/layout.ts';
import { type MailBody, mailBody } from '../codec/mail.ts';
import { createProfileKeyPair } from '../crypto/crypto.ts';
import { inviteKeysFromSeed } from '../crypto/invite-key.ts';
import { inviteTag } from '../ids/bytes.ts';
import { encodePublicId } from '../ids/public-id.ts';
import { linkIdentity } from '../link/identity.ts';
import { readMail, writeMail } from '../messenger/mail/letters.ts';
import { Messenger } from '../messenger/messenger.ts';
import { LinkNetwork } from '../messenger/testing/link-double.ts';
import { Carriers } from '../messenger/testing/relay-double.ts';
import { makeEnvelope } from '../relay/envelope.ts';
import { Store } from '../store/store.ts';
import { ComplaintLog } from './fuzz-log.ts';
import { HANDOVER, MAIL_BODIES } from './fuzz-mail-samples.ts';
import { mustFitContract } from './fuzz-messenger.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { homeOf } from './positions.ts';
import { SeededRandom } from './seeded-random.ts';
import { VirtualClock } from './virtual-clock.ts';

const LIMIT_MS = 2_000;
const seeds = new SeededRandom('fuzz mail');
const own = linkIdentity(createProfileKeyPair(seeds));
const friend = linkIdentity(createProfileKeyPair(seeds));
const tag = inviteTag(new Uint8Array(4).fill(1));
const derive = async () => inviteKeysFromSeed(new Uint8Array(32).fill(6));

/** Sealed and signed as a friend's program does it, whatever it says. */
function mailOf(body: MailBody): Uint8Array {
  const to = { profile: own.profile.publicKey, oneTimeKey: undefined };
  return writeMail({ identity: friend, random: seeds }, to, { writtenAt: 1, handover: HANDOVER, body })!;
}

/** A person with a database, whose friend sends mail of the kind that the input holds. */
async function take(input: Uint8Array): Promise<boolean> {
  const decoded = decode(mailBody, input);
  if (!decoded.ok) return false;
  const clock = new VirtualClock();
  const random = new SeededRandom('fuzzed mail');
  const log = new ComplaintLog();
  const carriers = new Carriers(clock, { random });
  const key = new Uint8Array(32).fill(5);
  const store = new Store({ path: ':memory:', key, deviceTag: () => random.bytes(8), wall: () => clock.wall() });
  const links = new LinkNetwork(clock).manager(own.profile.publicKey);
  const network = { connected: true, onChanged: () => () => {} };
  const mail = { relay: carriers.relay(clock), network };
  const self = { identity: own, tag };
  const messenger = new Messenger({ store, links, clock, random, logger: log, self, derive, mail });
  messenger.start();
  const publicId = encodePublicId({ key: friend.profile.publicKey, tag });
  await clock.runUntilSettled(messenger.friends.add({ publicId, alias: 'F' }), 1_000);
  carriers.inject(makeEnvelope({ destination: homeOf(own.profile), copies: 2, body: mailOf(decoded.value) }));
  await clock.runFor(40_000);
  mustFitContract(messenger);
  await messenger.stop();
  store.close();
  log.mustBeEmpty();
  return true;
}

export const MAIL_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'messenger.readMail',
    corpus: MAIL_BODIES.map(mailOf),
    run: (input) => readMail(own, input, { ownKey: () => undefined, friendOf: () => 1 }).ok,
  },
  {
    name: 'messenger.Inbox',
    limitMs: LIMIT_MS,
    weight: 3,
    corpus: MAIL_BODIES.map((body) => encode(mailBody, body)),
    run: take,
  },
];
