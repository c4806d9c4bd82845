import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sizeClass } from '../../codec/envelope.ts';
import { encode } from '../../codec/layout.ts';
import { type MailBody, mailLayout, signedLetter } from '../../codec/mail.ts';
import { encodeMessageFrame } from '../../codec/messages.ts';
import { blindedSigner } from '../../crypto/blinded-key.ts';
import { boxKeyPairFromSeed, toBoxPublicKey } from '../../crypto/crypto.ts';
import { sealMail } from '../../crypto/mail-box.ts';
import { equalBytes, nodeKey, signature } from '../../ids/bytes.ts';
import { testDisk } from '../../node/testing/test-disk.ts';
import { type Envelope, makeEnvelope } from '../../relay/envelope.ts';
import { makePolicy } from '../../relay/policy.ts';
import { MailKeyTable } from '../../store/mail-key-table.ts';
import { MailTable } from '../../store/mail-table.ts';
import { homeOf } from '../../testing/positions.ts';
import { SeededRandom } from '../../testing/seeded-random.ts';
import { readPublicId } from '../friend-argument.ts';
import { befriend, type Person, World } from '../testing/people.ts';
import { letterBytes, signHandover, writeMail } from './letters.ts';

let world: World;
let ann: Person;
let bob: Person;
let mallory: Person;
const random = new SeededRandom('hostile mail');

beforeEach(async () => {
  world = new World(testDisk(), { mail: true });
  [ann, bob] = await world.friends();
  mallory = world.person('mallory');
  await befriend(mallory, bob);
  await world.clock.runFor(500);
});

afterEach(() => world.close());

const message = (text: string, seq = 1): MailBody => ({
  kind: 'messages',
  body: {
    device: new Uint8Array(8).fill(1),
    openFrom: seq,
    messages: [{ id: random.bytes(16), seq, sentAt: 1, text }],
  },
});

function wrap(body: Uint8Array, copies = 2): Envelope {
  return makeEnvelope({ destination: homeOf(bob.identity.profile), copies, body });
}

/** A letter by one person to another, as a program of that person may make it. */
function mailOf(from: Person, body: MailBody, options: { to?: Person; oneTimeKey?: Uint8Array } = {}): Uint8Array {
  const to = { profile: (options.to ?? bob).key, oneTimeKey: options.oneTimeKey };
  return writeMail({ identity: from.identity, random }, to, { writtenAt: 1, handover: undefined, body })!;
}

/** Gives it to Bob. @returns what his messenger dropped for which reason */
async function deliver(...envelopes: Envelope[]): Promise<Readonly<Record<string, number>>> {
  for (const envelope of envelopes) world.carriers!.inject(envelope);
  await world.clock.runFor(30_000);
  for (const envelope of envelopes) expect(world.carriers!.held).not.toContain(envelope);
  return bob.messenger.dropped;
}

describe('mail that is not what it seems', () => {
  it('is dropped for good when it is garbage, of any length', async () => {
    for (const bytes of [848, 2_048, 65_536])
      expect(await deliver(wrap(random.bytes(bytes)))).toHaveProperty('mail-not-sealed-to-us');
    expect(bob.lines(ann)).toEqual([]);
  });

  it('is dropped when the sender did not sign it', async () => {
    const letter = letterBytes(ann.key, { writtenAt: 1, handover: undefined, body: message('forged') });
    const plain = encode(signedLetter, { letter, signature: signature(random.bytes(64)), padding: 0 });
    const longTerm = toBoxPublicKey(bob.key)!;
    const hint = random.bytes(8);
    const seed = random.bytes(32);
    const { ephemeralKey, box } = sealMail({ longTerm }, { ephemeralSeed: seed, ad: hint, plain })!;
    const body = encode(mailLayout, { ephemeralKey: nodeKey(ephemeralKey), keyHint: hint, box });
    const padded = new Uint8Array(sizeClass(body.length)!);
    padded.set(body);
    expect(await deliver(wrap(padded))).toHaveProperty('mail-not-sealed-to-us');
    // Padded inside of the seal, as it must be.
    const zeros = padded.length - body.length;
    const whole = encode(signedLetter, { letter, signature: signature(random.bytes(64)), padding: zeros });
    const sealed = sealMail({ longTerm }, { ephemeralSeed: random.bytes(32), ad: hint, plain: whole })!;
    const forged = { ephemeralKey: nodeKey(sealed.ephemeralKey), keyHint: hint, box: sealed.box };
    expect(await deliver(wrap(encode(mailLayout, forged)))).toHaveProperty('mail-bad-signature');
    expect(bob.lines(ann)).toEqual([]);
  });

  it('is dropped when it was written to somebody else', async () => {
    expect(await deliver(wrap(mailOf(ann, message('for Mallory'), { to: mallory })))).toHaveProperty(
      'mail-not-sealed-to-us',
    );
    expect(bob.lines(ann)).toEqual([]);
  });

  it('is dropped when it is sealed to the one-time key of another friend, who loses nothing by it', async () => {
    const friend = ann.store.read.friends.byHex(bob.hex)!.id;
    const stolen = ann.store.batch((write) => {
      const key = write.mailKeys.takePeerKey(friend, 0)!;
      write.mailKeys.addPeerKeys(friend, [key], { at: 1, limit: 99 });
      return key;
    });
    const dropped = await deliver(wrap(mailOf(mallory, message('with your key'), { oneTimeKey: stolen })));
    expect(dropped).toHaveProperty('mail-key-of-another');
    expect(await deliver(wrap(mailOf(ann, message('with my key'), { oneTimeKey: stolen })))).toEqual(dropped);
    expect(bob.lines(ann)).toEqual(['in with my key: received']);
  });

  it('does nothing the second time, in another envelope or with a key that is gone', async () => {
    const body = mailOf(ann, message('once'));
    await deliver(wrap(body), wrap(body, 3));
    expect(bob.lines(ann)).toEqual(['in once: received']);
    const unknown = boxKeyPairFromSeed(random.bytes(32)).publicKey;
    const dropped = await deliver(wrap(mailOf(ann, message('twice', 2), { oneTimeKey: unknown })));
    expect(dropped).toHaveProperty('mail-not-sealed-to-us');
  });

  it('does nothing the second time as another envelope, though it hands over keys', async () => {
    const friend = bob.store.read.friends.byHex(ann.hex)!.id;
    const [old, fresh] = [random.bytes(32), random.bytes(32)] as const;
    const answer = (keys: readonly Uint8Array[]) => {
      const { policy } = ann.relay!.attending[0]!;
      const content = { policy: policy!, friendSeed: random.bytes(32), home: ann.identity.homeSecret, keys };
      const handover = signHandover(ann.identity, bob.key, content as Parameters<typeof signHandover>[2]);
      const mail = { writtenAt: 1, handover, body: { kind: 'accept', body: { name: '' } } } as const;
      return writeMail({ identity: ann.identity, random }, { profile: bob.key, oneTimeKey: undefined }, mail)!;
    };
    world.network.cut(ann.key, bob.key);
    const first = answer([old]);
    await deliver(wrap(first));
    await deliver(wrap(answer([fresh])));
    const keys = () => bob.store.batch((write) => write.mailKeys.takePeerKey(friend, 0));
    expect(equalBytes(keys()!, fresh)).toBe(true);
    // By a carrier, in its own time, and at the other position too.
    await deliver(wrap(first, 3));
    await deliver(wrap(first, 1));
    await world.clock.runFor(30 * 86_400_000);
    await bob.restart();
    await world.clock.runFor(1_000);
    await deliver(wrap(first));
    expect(keys()).toBeUndefined();
  });

  it('is dropped when it comes from a stranger, from oneself or from somebody blocked', async () => {
    const stranger = world.person('stranger');
    expect(await deliver(wrap(mailOf(stranger, message('hello'))))).toHaveProperty('mail-of-stranger', 1);
    expect(await deliver(wrap(mailOf(bob, message('me'))))).toHaveProperty('mail-unwanted', 1);
    await bob.messenger.friends.block({ friend: ann.hex });
    expect(await deliver(wrap(mailOf(ann, message('again'))))).toHaveProperty('mail-unwanted', 2);
  });

  it('is dropped when it asks by another invite tag, at the right door', async () => {
    const stranger = world.person('stranger');
    const request = { version: 1, name: 's', greeting: '', tag: new Uint8Array(4), sentAt: 1 };
    const home = stranger.identity.homeSecret;
    const body = { tag: new Uint8Array(4), request: { ...request, home, extension: new Uint8Array(0) } };
    expect(await deliver(wrap(mailOf(stranger, { kind: 'request', body })))).toHaveProperty('mail-old-invite-tag', 1);
    expect(bob.messenger.friends.listRequests()).toEqual([]);
  });

  it('is dropped when it hands over the home of somebody else', async () => {
    const foreign = { policy: mallory.relay!.attending[0]!.policy!, friendSeed: random.bytes(32) };
    for (const home of [mallory.identity.homeSecret, ann.identity.homeSecret]) {
      const handover = signHandover(ann.identity, bob.key, { ...foreign, home, keys: [] });
      const to = { profile: bob.key, oneTimeKey: undefined };
      const content = { writtenAt: 1, handover, body: { kind: 'handover', body: {} } } as const;
      await deliver(wrap(writeMail({ identity: ann.identity, random }, to, content)!));
    }
    expect(bob.messenger.dropped).toHaveProperty('mail-bad-hand-over', 2);
    const { home } = bob.store.read.friends.byHex(ann.hex)!;
    expect(equalBytes(home!, ann.identity.homeSecret)).toBe(true);
  });

  it('cannot say that messages arrived which were never sent', async () => {
    world.network.cut(ann.key, bob.key);
    bob.sight.set(false);
    await bob.send(ann, 'not sent yet');
    const device = bob.store.deviceTag;
    const all = [{ first: 1, last: 2 ** 40 }];
    await deliver(wrap(mailOf(ann, { kind: 'receipt', body: { device, delivered: all, read: all } })));
    expect(bob.lines(ann)).toEqual(['out not sent yet: sending']);
    bob.sight.set(true);
    await world.clock.runFor(10_000);
    expect(ann.lines(bob)).toEqual(['in not sent yet: received']);
  });

  it('is shown though its sender says that endless others come before it', async () => {
    const body = { device: new Uint8Array(8).fill(1), openFrom: 1 };
    const messages = [{ id: random.bytes(16), seq: 2 ** 40, sentAt: 1, text: 'late' }];
    await deliver(wrap(mailOf(ann, { kind: 'messages', body: { ...body, messages } })));
    expect(bob.lines(ann)).toEqual(['in late: received']);
  });

  it('keeps few places though each letter comes from another device and misses others', async () => {
    const letters = Array.from({ length: 30 }, (_, i) => {
      const messages = [{ id: random.bytes(16), seq: 2 ** 40, sentAt: 1, text: `${i}` }];
      return wrap(mailOf(ann, { kind: 'messages', body: { device: random.bytes(8), openFrom: 1, messages } }));
    });
    const before = bob.store.read.messages.last(bob.store.read.friends.byHex(ann.hex)!.id)?.id ?? 0;
    await deliver(...letters);
    expect(bob.lines(ann)).toHaveLength(30);
    const friend = bob.store.read.friends.byHex(ann.hex)!.id;
    const devices = bob.store.read.devices.of(friend);
    const kept = devices.map(({ id }) => 2 ** 40 - 1 - bob.store.read.places.missing(friend, id, 1, 2 ** 40));
    expect(before).toBe(0);
    expect(kept.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(1_024);
  });

  it('is told to be read once more when it comes again, though places are kept before it', async () => {
    world.network.cut(ann.key, bob.key);
    const body = message('late', 9);
    await deliver(wrap(mailOf(ann, body)));
    const friend = bob.store.read.friends.byHex(ann.hex)!.id;
    const device = bob.store.read.devices.of(friend).find(({ tag }) => tag[0] === 1)!;
    bob.store.batch((write) => write.places.reserve(friend, device.id, 2, 4));
    await bob.messenger.messages.markRead({ friend: ann.hex, upTo: bob.chat(ann).at(-1)!.id });
    await world.clock.runFor(30_000);
    expect(bob.store.read.mail.due(friend, device.id, 9)).toEqual([]);
    const said = world.carriers!.seen.length;
    bob.sight.set(false);
    await deliver(wrap(mailOf(ann, body)));
    const due = bob.store.read.mail.due(friend, device.id, 9).map(({ seq, read }) => [seq, read]);
    expect(due).toEqual([
      [9, false],
      [9, true],
    ]);
    bob.sight.set(true);
    await world.clock.runFor(30_000);
    expect(world.carriers!.seen.length).toBeGreaterThan(said);
  });

  it('is dropped when its messages are out of order or none', async () => {
    const device = new Uint8Array(8).fill(1);
    const messages = [2, 1].map((seq) => ({ id: random.bytes(16), seq, sentAt: 1, text: `${seq}` }));
    const shuffled: MailBody = { kind: 'messages', body: { device, openFrom: 1, messages } };
    const empty: MailBody = { kind: 'messages', body: { device, openFrom: 1, messages: [] } };
    const dropped = await deliver(wrap(mailOf(ann, shuffled)), wrap(mailOf(ann, empty)));
    expect(dropped).toHaveProperty('mail-out-of-order', 2);
  });
});

describe('requests by mail', () => {
  const asking = (from: Person) => {
    const extension = new Uint8Array(0);
    const request = { version: 1, name: 'x', greeting: '', tag: random.bytes(4), sentAt: 1, extension };
    return { tag: readPublicId(bob.publicId, ann.key).tag, request: { ...request, home: from.identity.homeSecret } };
  };

  it('of strangers without end are taken a few at a time, and leave few notes', async () => {
    const seen = vi.spyOn(MailTable.prototype, 'see');
    const stranger = world.person('stranger');
    const flood = async (requests: number, ms: number) => {
      for (let i = 0; i < requests; i++)
        world.carriers!.inject(wrap(mailOf(stranger, { kind: 'request', body: asking(stranger) })));
      await world.clock.runFor(ms);
    };
    await flood(150, 1_000);
    expect(seen.mock.calls.length).toBeGreaterThan(10);
    expect(seen.mock.calls.length).toBeLessThanOrEqual(70);
    expect(world.carriers!.held.length).toBeGreaterThan(50);
    for (let i = 0; i < 6; i++) await flood(50, 15_000);
    expect(seen.mock.calls.length).toBeGreaterThan(290);
    expect(seen.mock.calls.filter(([id]) => bob.store.read.mail.isSeen(id)).length).toBeLessThanOrEqual(256);
    seen.mockRestore();
    expect(bob.messenger.friends.listRequests()).toHaveLength(1);
  });
});

describe('a friend who says without end', () => {
  const say = async (...frames: Uint8Array[]) => {
    const channel = ann.links.linkDouble(bob.key)!.channel(1);
    for (const frame of frames) channel.send(frame);
    await world.clock.runFor(1_000);
  };

  it('over a link to have no keys is given some once', async () => {
    const made = vi.spyOn(MailKeyTable.prototype, 'addOwnKey');
    const stock = encodeMessageFrame({ kind: 'stock', body: { policyNumber: 0, keys: 0 } });
    await say(...Array.from({ length: 50 }, () => stock));
    expect(made).not.toHaveBeenCalled();
    made.mockRestore();
    expect(bob.messenger.dropped).toHaveProperty('message-unexpected', 50);
  });

  it('to be found elsewhere makes what waits for them travel a few times only', async () => {
    bob.sight.set(true);
    ann.crash();
    await bob.send(ann, 'waits');
    await world.clock.runFor(10_000);
    const placed = world.carriers!.seen.length;
    for (let i = 0; i < 20; i++) {
      const home = random.bytes(32);
      const claim = blindedSigner(ann.identity.profile.secretKey, home);
      const policy = makePolicy(claim, { number: 1, friendKey: random.bytes(32), inviteKey: random.bytes(32) });
      const handover = signHandover(ann.identity, bob.key, { policy, friendSeed: random.bytes(32), home, keys: [] });
      const content = { writtenAt: 1, handover, body: { kind: 'handover', body: {} } } as const;
      const to = { profile: bob.key, oneTimeKey: undefined };
      await deliver(wrap(writeMail({ identity: ann.identity, random }, to, content)!));
    }
    const { home } = bob.store.read.friends.byHex(ann.hex)!;
    expect(equalBytes(home!, ann.identity.homeSecret)).toBe(false);
    expect(world.carriers!.seen.length - placed).toBeLessThanOrEqual(5);
  });

  it('more by mail than fits a receipt is not looked for without end, while their other device is there', async () => {
    for (let i = 0; i < 5; i++) {
      const messages = Array.from({ length: 1_700 }, (_, n) => ({
        ...{ id: random.bytes(16), seq: i * 1_700 + n + 1, sentAt: 1, text: '' },
      }));
      const body = { device: new Uint8Array(8).fill(9), openFrom: messages[0]!.seq, messages };
      await deliver(wrap(mailOf(ann, { kind: 'messages', body })));
    }
    const looked = vi.spyOn(MailTable.prototype, 'due');
    await world.clock.runFor(60_000);
    expect(looked.mock.calls.length).toBeLessThan(5);
    looked.mockRestore();
  });
});
