import { describe, expect, it } from 'vitest';
import { ROUTED_PAYLOAD_BYTES } from '../codec/limits.ts';
import { type LetterBody, type LetterKind, MAX_ENDPOINTS, type Whereabouts } from '../codec/query.ts';
import { blindedSigner } from '../crypto/blinded-key.ts';
import { createProfileKeyPair, type ProfileKeyPair } from '../crypto/crypto.ts';
import { positionOfClaim } from '../dht/types.ts';
import { inviteTag, toHex } from '../ids/bytes.ts';
import { DropCounter } from '../net/transport.ts';
import { OverlayWorld } from '../testing/overlay-double.ts';
import { homeOf } from '../testing/positions.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { type NodeClock, VirtualClock } from '../testing/virtual-clock.ts';
import { linkIdentity } from './identity.ts';
import { openLetter, type Recipient, sealLetter } from './letter.ts';
import { type Correspondent, FRESH_MS, Letterbox } from './letterbox.ts';
import type { Introduction } from './types.ts';

class Person {
  readonly profile: ProfileKeyPair;
  readonly identity: ReturnType<typeof linkIdentity>;
  readonly drops = new DropCounter();
  readonly clock: NodeClock;
  readonly friends = new Map<string, Correspondent>();
  readonly located: { from: string; how: string; whereabouts: Whereabouts }[] = [];
  readonly introductions: Introduction[] = [];
  readonly letterbox: Letterbox;
  endpoints = [{ host: '198.51.100.1', port: 4_000 }];

  constructor(
    readonly world: World,
    readonly name: string,
    skewMs: number,
    profile?: ProfileKeyPair,
  ) {
    const random = world.random.fork(name);
    this.profile = profile ?? createProfileKeyPair(random);
    this.identity = linkIdentity(this.profile);
    this.clock = world.clock.node(skewMs);
    this.letterbox = new Letterbox({
      identity: this.identity,
      overlay: world.overlay.node(homeOf(this.profile), () => this.endpoints),
      clock: this.clock,
      random,
      drops: this.drops,
      host: {
        friend: (key) => this.friends.get(toHex(key)),
        tokenFor: () => new Uint8Array(16).fill(name.charCodeAt(0)),
        located: (friend, whereabouts, how) => this.located.push({ from: friend.name, how, whereabouts }),
        introduced: (introduction) => this.introductions.push(introduction),
      },
    });
    void this.letterbox.start();
  }

  get recipient(): Recipient {
    return { profile: this.profile.publicKey, box: this.identity.box.publicKey };
  }

  /** Makes the other a friend of ours and returns what the letterbox needs of it. */
  befriend(other: Person): Correspondent {
    const position = homeOf(other.profile);
    const friend = { ...other.recipient, name: other.name, position };
    this.friends.set(toHex(other.profile.publicKey), friend);
    return friend;
  }

  /** A letter sealed and signed by this person with any content. */
  letter(to: Person, body: LetterBody): Uint8Array {
    return sealLetter({ identity: this.identity, random: this.world.random }, to.recipient, body)!;
  }
}

class World {
  readonly clock = new VirtualClock();
  readonly random: SeededRandom;
  readonly overlay = new OverlayWorld(this.clock);

  constructor(seed: string) {
    this.random = new SeededRandom(seed);
  }

  person(name: string, skewMs = 0, profile?: ProfileKeyPair): Person {
    return new Person(this, name, skewMs, profile);
  }

  friends(skewMs = 0): [Person, Person] {
    const [a, b] = [this.person('ann'), this.person('bob', skewMs)];
    a.befriend(b);
    b.befriend(a);
    return [a, b];
  }

  whereabouts(person: Person, change: Partial<Whereabouts> = {}): Whereabouts {
    const nonce = this.random.bytes(16);
    const wallMs = Math.floor(person.clock.wall());
    return { nonce, wallMs, inReplyTo: undefined, token: new Uint8Array(16), endpoints: [], ...change };
  }

  /** Sends a payload to a person's position and returns the answers that came back. */
  async send(to: Person, payload: Uint8Array): Promise<Uint8Array[]> {
    const answers: Uint8Array[] = [];
    this.overlay.carry(homeOf(to.profile), payload, (answer) => answers.push(answer));
    await this.clock.runFor(50);
    return answers;
  }
}

const friendOf = (a: Person, b: Person) => a.friends.get(toHex(b.profile.publicKey))!;

describe('an endpoint query', () => {
  it('tells both sides where the other is, with the tokens for a handshake', async () => {
    const world = new World('both');
    const [a, b] = world.friends();
    b.endpoints = [{ host: '2001:db8::7', port: 9 }];
    expect(await a.letterbox.ask(friendOf(a, b))).toBe(true);
    await world.clock.runFor(50);
    expect(b.located.map(({ from, how }) => [from, how])).toEqual([['ann', 'asked']]);
    expect(a.located.map(({ from, how }) => [from, how])).toEqual([['bob', 'answered']]);
    expect(a.located[0]!.whereabouts.endpoints).toEqual([{ host: '2001:db8::7', port: 9 }]);
    expect(a.located[0]!.whereabouts.token).toEqual(new Uint8Array(16).fill('b'.charCodeAt(0)));
    expect([a.drops.all(), b.drops.all()]).toEqual([{}, {}]);
  });

  it('names at most eight endpoints, and none that nobody can have is believed', async () => {
    const world = new World('endpoints');
    const [a, b] = world.friends();
    a.endpoints = Array.from({ length: 12 }, (_, i) => ({ host: `198.51.100.${i + 1}`, port: 1 }));
    a.endpoints[0] = { host: '255.255.255.255', port: 1 };
    a.endpoints[1] = { host: '224.0.0.1', port: 1 };
    a.endpoints[2] = { host: '0.0.0.0', port: 1 };
    a.endpoints[3] = { host: 'ff02::1', port: 1 };
    await a.letterbox.ask(friendOf(a, b));
    await world.clock.runFor(50);
    expect(b.located[0]!.whereabouts.endpoints.map(({ host }) => host)).toEqual(
      [4, 5, 6, 7].map((i) => `198.51.100.${i + 1}`),
    );
    expect(MAX_ENDPOINTS).toBe(8);
  });

  it('of a stranger, of a friend with a forged signature, or for somebody else is met with silence', async () => {
    const world = new World('silence');
    const [a, b] = world.friends();
    const stranger = world.person('eve');
    const query = (body = world.whereabouts(a)) => ({ kind: 'query', body }) as const;
    expect(await world.send(b, stranger.letter(b, query()))).toEqual([]);
    expect(b.drops.get('query-of-stranger')).toBe(1);

    // Eve signs in the name of Ann: the signature is Eve's.
    const posing = { ...stranger.identity, profile: { ...stranger.profile, publicKey: a.profile.publicKey } };
    const forged = sealLetter({ identity: posing, random: world.random }, b.recipient, query())!;
    expect(await world.send(b, forged)).toEqual([]);
    expect(b.drops.get('letter-forged')).toBe(1);

    // Ann's letter to Carol, sealed again for Bob, since Carol is bad.
    const carol = world.person('carol');
    const plain = openLetter(carol.identity, a.letter(carol, query()));
    expect(plain.ok).toBe(true);
    expect(await world.send(b, a.letter(carol, query()))).toEqual([]);
    expect(b.drops.get('letter-not-sealed-to-us')).toBe(1);
    expect(b.located).toEqual([]);
  });

  it("in a friend's name cannot use up the friend's share", async () => {
    const world = new World('share');
    const [a, b] = world.friends();
    const eve = world.person('eve');
    const posing = { ...eve.identity, profile: { ...eve.profile, publicKey: a.profile.publicKey } };
    for (let i = 0; i < 100; i++) {
      const body = world.whereabouts(a);
      const forged = sealLetter({ identity: posing, random: world.random }, b.recipient, { kind: 'query', body })!;
      world.overlay.carry(homeOf(b.profile), forged);
    }
    await a.letterbox.ask(friendOf(a, b));
    await world.clock.runFor(50);
    expect(b.drops.get('letter-forged')).toBe(100);
    expect(a.located.length).toBe(1);
  });

  it('that is repeated is answered once; too many are not answered', async () => {
    const world = new World('repeat');
    const [a, b] = world.friends();
    const letter = a.letter(b, { kind: 'query', body: world.whereabouts(a) });
    expect((await world.send(b, letter)).length).toBe(1);
    expect((await world.send(b, letter)).length).toBe(0);
    expect(b.drops.get('letter-replayed')).toBe(1);
    let answers = 0;
    for (let i = 0; i < 50; i++) {
      world.overlay.carry(
        homeOf(b.profile),
        a.letter(b, { kind: 'query', body: world.whereabouts(a) }),
        () => answers++,
      );
    }
    await world.clock.runFor(50);
    expect(answers).toBeGreaterThanOrEqual(19);
    expect(answers).toBeLessThanOrEqual(21);
    expect(b.drops.get('query-rate')).toBe(50 - answers);
  });

  it('with a stale time is not answered; the friend is asked at its own place instead, but seldom', async () => {
    const world = new World('stale');
    const [a, b] = world.friends();
    a.letterbox.stop();
    for (let i = 0; i < 6; i++) {
      const body = world.whereabouts(a, { wallMs: Math.floor(a.clock.wall() - FRESH_MS - 1_000) });
      expect(await world.send(b, a.letter(b, { kind: 'query', body }))).toEqual([]);
    }
    expect(b.located).toEqual([]);
    expect(b.drops.get('query-stale')).toBe(6);
    const toAnn = homeOf(a.profile);
    expect(world.overlay.carried.filter(({ position }) => toHex(position) === toHex(toAnn)).length).toBe(2);
  });

  it('of before our start is not answered, when we may have had it, but one that waited for us is', async () => {
    const world = new World('start');
    const [a, before] = world.friends();
    await world.clock.runFor(60_000);
    const letter = (agoMs: number) => {
      const wallMs = Math.floor(a.clock.wall() - agoMs);
      return a.letter(before, { kind: 'query', body: world.whereabouts(a, { wallMs }) });
    };
    const [old, waiting] = [letter(50_000), letter(9_000)];
    expect(await world.send(before, old)).toHaveLength(1);
    before.letterbox.stop();

    const b = world.person('bob', 0, before.profile);
    b.befriend(a);
    expect(await world.send(b, old)).toEqual([]);
    expect(b.drops.get('query-stale')).toBe(1);
    expect(await world.send(b, waiting)).toHaveLength(1);
    // Of the old one the friend was asked instead, and told.
    expect(b.located.map(({ how }) => how)).toEqual(['answered', 'asked']);
  });

  it('works between wrong clocks by the nonce that the reply names, and only by one we gave that friend', async () => {
    const world = new World('skew');
    const [a, b] = world.friends(-30 * 86_400_000);
    await a.letterbox.ask(friendOf(a, b));
    await world.clock.runFor(100);
    expect(a.located.map(({ how }) => how)).toEqual(['asked']);
    expect(b.located.map(({ how }) => how)).toEqual(['answered']);

    const carol = world.person('carol', 99 * 86_400_000);
    a.befriend(carol);
    // Carol names a nonce that Ann gave to Bob.
    await a.letterbox.ask(friendOf(a, b));
    const asked = openLetter(b.identity, world.overlay.carried.at(-1)!.payload);
    const nonce = asked.ok ? asked.value.body.body.nonce : undefined;
    const body = world.whereabouts(carol, { inReplyTo: nonce! });
    expect(await world.send(a, carol.letter(a, { kind: 'query', body }))).toEqual([]);
    expect(a.drops.get('query-stale')).toBe(1);
  });
});

describe('an answer', () => {
  const kinds: [string, (world: World, a: Person, b: Person, nonce: Uint8Array) => Uint8Array, string][] = [
    [
      'to another question',
      (world, a, b) => b.letter(a, { kind: 'answer', body: world.whereabouts(b, { inReplyTo: new Uint8Array(16) }) }),
      'answer-unasked',
    ],
    [
      'that names no question',
      (world, a, b) => b.letter(a, { kind: 'answer', body: world.whereabouts(b) }),
      'answer-unasked',
    ],
    [
      'that is a query',
      (world, a, b, nonce) => b.letter(a, { kind: 'query', body: world.whereabouts(b, { inReplyTo: nonce }) }),
      'answer-unasked',
    ],
    [
      'of somebody else',
      (world, a, _, nonce) => {
        const eve = world.person('eve');
        return eve.letter(a, { kind: 'answer', body: world.whereabouts(eve, { inReplyTo: nonce }) });
      },
      'answer-unasked',
    ],
    ['of noise', (world) => world.random.bytes(1_024), 'letter-not-sealed-to-us'],
    ['of a wrong length', (world) => world.random.bytes(1_000), 'letter-bad-length'],
  ];
  it.each(kinds)('%s is dropped', async (_, forge, reason) => {
    const world = new World('answers');
    const [a, b] = world.friends();
    b.letterbox.stop();
    let nonce: Uint8Array | undefined;
    const overlay = world.overlay.node(homeOf(b.profile), () => []);
    overlay.register(linkIdentity(b.profile).home, (message) => {
      const opened = openLetter(b.identity, message.payload);
      if (opened.ok) nonce = opened.value.body.body.nonce;
      message.answer(forge(world, a, b, nonce!));
    });
    await a.letterbox.ask(friendOf(a, b));
    await world.clock.runFor(50);
    expect(nonce).toBeDefined();
    expect(a.located).toEqual([]);
    expect(a.drops.get(reason)).toBe(1);
  });

  it('or an introduction that comes in the wrong way is dropped', async () => {
    const world = new World('wrong way');
    const [a, b] = world.friends();
    const answer = a.letter(b, { kind: 'answer', body: world.whereabouts(a) });
    expect(await world.send(b, answer)).toEqual([]);
    expect(b.drops.get('letter-unasked')).toBe(1);
  });

  it('does not count for a friend who was removed meanwhile', async () => {
    const world = new World('removed');
    const [a, b] = world.friends();
    await a.letterbox.ask(friendOf(a, b));
    a.friends.clear();
    await world.clock.runFor(50);
    expect(a.located).toEqual([]);
  });
});

describe('introductions', () => {
  it('too old, from the future, or replayed are dropped', async () => {
    const world = new World('introductions');
    const [a, b] = [world.person('ann'), world.person('bob')];
    const tag = inviteTag(Uint8Array.of(1, 2, 3, 4));
    b.letterbox.setDoor({ tag, secret: new Uint8Array(32) });
    for (const days of [-3, 3, -1, 1]) {
      const wallMs = Math.floor(a.clock.wall() + days * 86_400_000);
      const body = { nonce: world.random.bytes(16), wallMs, tag, payload: Uint8Array.of(1) };
      const letter = a.letter(b, { kind: 'introduction', body });
      await world.send(b, letter);
      await world.send(b, letter);
    }
    expect(b.introductions.length).toBe(2);
    expect(b.drops.get('introduction-stale')).toBe(4);
    expect(b.drops.get('letter-replayed')).toBe(2);
  });
});

describe('an introduction that a carrier kept', () => {
  it('is not heard of again after a new start, when its sender is a friend by then', async () => {
    const world = new World('kept');
    const tag = inviteTag(Uint8Array.of(1, 2, 3, 4));
    const [ann, bob] = [world.person('ann'), world.person('bob')];
    const letter = (by: Person) => {
      const wallMs = Math.floor(by.clock.wall());
      const body = { nonce: world.random.bytes(16), wallMs, tag, payload: Uint8Array.of(1) };
      return by.letter(bob, { kind: 'introduction', body });
    };
    bob.letterbox.setDoor({ tag, secret: new Uint8Array(32) });
    const kept = letter(ann);
    await world.send(bob, kept);
    expect(bob.introductions).toHaveLength(1);
    await world.clock.runFor(600_000);
    bob.letterbox.stop();
    const again = world.person('bob again', 0, bob.profile);
    again.letterbox.setDoor({ tag, secret: new Uint8Array(32) });
    again.befriend(ann);
    await world.send(again, kept);
    expect([again.introductions.length, again.drops.get('introduction-stale')]).toEqual([0, 1]);
    await world.send(again, letter(ann));
    await world.send(again, letter(world.person('carl', -86_400_000)));
    expect(again.introductions).toHaveLength(2);
  });
});

describe('all kinds of letters', () => {
  it('look the same to a carrier', () => {
    const world = new World('alike');
    const [a, b] = world.friends();
    const body = world.whereabouts(a);
    const introduction = {
      nonce: body.nonce,
      wallMs: 1,
      tag: new Uint8Array(4) as never,
      payload: new Uint8Array(800),
    };
    const letters: Record<LetterKind, Uint8Array> = {
      query: a.letter(b, { kind: 'query', body }),
      answer: a.letter(b, { kind: 'answer', body }),
      introduction: a.letter(b, { kind: 'introduction', body: introduction }),
    };
    expect(Object.values(letters).map(({ length }) => length)).toEqual([1_024, 1_024, 1_024]);
    expect(openLetter(a.identity, letters.query)).toEqual({ ok: false, reason: 'not-sealed-to-us' });
  });
});

it('is found by friends while strangers flood the door', async () => {
  const world = new World('flooded door');
  const [a, b] = world.friends();
  const secret = new Uint8Array(32).fill(3);
  b.letterbox.setDoor({ tag: inviteTag(new Uint8Array(4)), secret });
  const door = positionOfClaim(blindedSigner(b.profile.secretKey, secret).publicKey);
  const payload = world.random.bytes(ROUTED_PAYLOAD_BYTES);
  const flood = async (letters: number) => {
    for (let i = 0; i < letters; i++) world.overlay.carry(door, payload);
    await world.clock.runFor(1);
  };
  await flood(1_500);
  const asked = a.letterbox.ask(friendOf(a, b));
  for (let ms = 0; ms < 100; ms++) await flood(5);
  await asked;
  expect(b.drops.get('letter-not-sealed-to-us')).toBeGreaterThan(0);
  expect(b.drops.get('letter-rate')).toBeGreaterThan(0);
  expect(a.located.map(({ how }) => how)).toEqual(['answered']);
});
