import { describe, expect, it } from 'vitest';
import { createProfileKeyPair, type ProfileKeyPair, profileKeyPairFromSeed } from '../crypto/crypto.ts';
import { inviteTag, profileKey, toHex } from '../ids/bytes.ts';
import { befriend, LinkWorld, linkOf, type Person } from '../testing/link-world.ts';
import { homeOf } from '../testing/positions.ts';
import { REKEY_AFTER_MS } from './epoch.ts';
import { placeOf } from './identity.ts';

const text = (value: string) => new TextEncoder().encode(value);
const read = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function orderedProfiles(world: LinkWorld): [lower: ProfileKeyPair, higher: ProfileKeyPair] {
  const [one, other] = [createProfileKeyPair(world.random), createProfileKeyPair(world.random)];
  return toHex(one.publicKey) < toHex(other.publicKey) ? [one, other] : [other, one];
}

/** Drops handshake packets of one type (1 hello, 2 welcome) while `count` lasts. */
function loseHandshakes(world: LinkWorld, type: number, count: number): void {
  let left = count;
  world.network.onPacket(({ kind, packet }) =>
    kind === 'datagram' && packet[0] === 2 && packet[1] === type && left-- > 0 ? 'drop' : undefined,
  );
}

describe('ParleyLinks', () => {
  it('brings two friends together and carries frames both ways', async () => {
    const world = new LinkWorld('together');
    const [a, b] = await world.friends();
    const heard: string[] = [];
    for (const person of [a, b]) {
      person.links.onUp((link) => link.channel(1).onFrames((frames) => heard.push(...frames.map(read))));
    }
    await world.untilLinked(a, b);
    expect(world.clock.now()).toBeLessThan(80);
    linkOf(a, b)!.channel(1).send(text('hello'));
    linkOf(b, a)!.channel(1).send(text('hi'));
    await world.clock.runFor(15);
    expect(heard.sort()).toEqual(['hello', 'hi']);
    await world.clock.runFor(10_000);
    expect([a.ups.length, b.ups.length, a.downs, b.downs]).toEqual([1, 1, [], []]);
    expect([...a.complaints, ...b.complaints]).toEqual([]);
  });

  it('hands out what was sent in the moment the link went up', async () => {
    const world = new LinkWorld('early');
    const [a, b] = await world.friends();
    const heard: string[] = [];
    for (const [person, name] of [
      [a, 'a'],
      [b, 'b'],
    ] as const) {
      person.links.onUp((link) => {
        link.channel(1).onFrames((frames) => heard.push(...frames.map(read)));
        link.onDatagram(4, (payload) => heard.push(read(payload)));
        link.channel(1).send(text(`frame of ${name}`));
        link.sendDatagram(4, text(`datagram of ${name}`));
      });
    }
    await world.untilLinked(a, b);
    await world.clock.runFor(100);
    expect(heard.sort()).toEqual(['datagram of a', 'datagram of b', 'frame of a', 'frame of b']);
  });

  it('shares one record among the frames of a tick, and gives them out together', async () => {
    const world = new LinkWorld('batch');
    const [a, b] = await world.friends();
    const batches: number[] = [];
    b.links.onUp((link) => link.channel(1).onFrames((frames) => batches.push(frames.length)));
    await world.untilLinked(a, b);
    await world.clock.runFor(100);
    let packets = 0;
    world.network.onPacket(({ kind, from, packet }) => {
      if (kind === 'stream' && from.host === a.host.address && packet.length > 0) packets++;
      return undefined;
    });
    for (let i = 0; i < 10; i++)
      linkOf(a, b)!
        .channel(1)
        .send(text(`${i}`));
    await world.clock.runFor(15);
    expect(batches).toEqual([10]);
    expect(packets).toBe(1);
  });

  it('survives lost handshake packets', async () => {
    for (const type of [1, 2]) {
      const world = new LinkWorld(`lost ${type}`);
      loseHandshakes(world, type, 4);
      const [a, b] = await world.friends();
      await world.untilLinked(a, b, 1_000);
      await world.clock.runFor(5_000);
      expect([a.ups.length, b.ups.length]).toEqual([1, 1]);
    }
  });

  it('says connecting from when the friend is located until the handshake is given up', async () => {
    const world = new LinkWorld('connecting');
    loseHandshakes(world, 1, 1e9);
    const [a, b] = await world.friends();
    const told: string[] = [];
    a.links.onConnecting((peer) => told.push(toHex(peer)));
    expect(a.links.isConnecting(b.profile.publicKey)).toBe(false);
    await world.clock.runFor(100);
    expect(a.links.isConnecting(b.profile.publicKey)).toBe(true);
    expect(told).toEqual([toHex(b.profile.publicKey)]);
    b.crash();
    await world.clock.runFor(12_000);
    expect(a.links.isConnecting(b.profile.publicKey)).toBe(false);
  });

  it('looks for friends when the network comes up, and when told to', async () => {
    const world = new LinkWorld('network');
    const a = await world.person();
    const b = await world.person();
    befriend(a, b);
    a.overlay.setConnected(false);
    a.links.start();
    b.links.start();
    await world.clock.runFor(400_000);
    expect(a.ups).toEqual([]);
    a.overlay.setConnected(true);
    await world.clock.runUntilTrue(() => a.ups.length === 1, 100);

    const late = await world.person();
    late.links.start();
    await world.clock.runFor(10);
    befriend(late, a);
    a.links.removeFriend(late.profile.publicKey);
    await world.clock.runFor(250_000);
    expect(linkOf(late, a)).toBeUndefined();
    a.links.addFriend(late.profile.publicKey, homeOf(late.profile));
    await world.clock.runFor(0);
    late.links.seek(a.profile.publicKey);
    await world.clock.runUntilTrue(() => linkOf(late, a) !== undefined, 100);
  });

  it('finds a friend who is there already without being registered itself', async () => {
    const world = new LinkWorld('early');
    const a = await world.person();
    a.links.start();
    await world.clock.runFor(1_000);
    world.overlay.registrationMs = 10_000;
    const b = await world.person();
    befriend(a, b);
    b.overlay.setConnected(false);
    b.links.start();
    b.overlay.setConnected(true);
    await world.clock.runUntilTrue(() => linkOf(b, a) !== undefined, 100);
  });

  it('does not ask again on being registered for whoever it asked a moment ago, but soon after', async () => {
    const world = new LinkWorld('together');
    const [a, b] = [await world.person(), await world.person()];
    befriend(a, b);
    world.overlay.registrationMs = 100;
    a.links.start();
    await world.clock.runFor(150);
    expect(world.overlay.carried.length).toBe(1);
    await world.clock.runFor(200);
    expect(world.overlay.carried.length).toBe(2);
  });

  it('looks for friends it learns of after it was announced', async () => {
    const world = new LinkWorld('announced');
    const [a, b] = [await world.person(), await world.person()];
    for (const { links } of [a, b]) links.announce();
    await world.clock.runFor(1_000);
    befriend(a, b);
    for (const { links } of [a, b]) links.start();
    await world.clock.runUntilTrue(() => linkOf(a, b) !== undefined && linkOf(b, a) !== undefined, 100);
  });

  it('finds a friend again who restarted while a stale handshake was under way, whoever has the lower key', async () => {
    for (const restarted of [0, 1]) {
      const world = new LinkWorld(`stale ${restarted}`);
      const profiles = orderedProfiles(world);
      const persons = await world.linked({ profile: profiles[0] }, { profile: profiles[1] });
      const gone = persons[restarted]!;
      const stays = persons[1 - restarted]!;
      gone.crash();
      await world.clock.runUntilTrue(() => stays.downs.length > 0, 60_000);
      stays.links.seek(gone.profile.publicKey);
      await world.clock.runFor(100);
      gone.host.restart();
      const again = await world.person({ host: gone.host, profile: gone.profile });
      befriend(again, stays);
      again.links.start();
      await world.untilLinked(again, stays, 300);
    }
  });

  it('does not let somebody who breaks every link keep it busy', async () => {
    const world = new LinkWorld('breaker');
    world.network.onPacket(({ kind, packet }) => {
      if (kind !== 'stream' || packet.length < 20) return undefined;
      const copy = packet.slice();
      copy[10]! ^= 1;
      return copy;
    });
    const [a, b] = await world.friends();
    await world.clock.runFor(60_000);
    expect(a.ups.length).toBeGreaterThan(3);
    expect(a.ups.length + b.ups.length).toBeLessThan(60);
  });

  it('keeps working when listeners throw', async () => {
    const world = new LinkWorld('throwing');
    const [a, b] = await world.friends();
    const heard: string[] = [];
    b.links.onUp(() => {
      throw new Error('listener of up');
    });
    b.links.onUp((link) => {
      link.channel(1).onFrames(() => {
        throw new Error('listener of frames');
      });
      link.channel(2).onFrames((frames) => heard.push(...frames.map(read)));
      link.onDatagram(3, () => {
        throw new Error('listener of datagrams');
      });
    });
    await world.untilLinked(a, b);
    linkOf(a, b)!.sendDatagram(3, text('x'));
    linkOf(a, b)!.channel(1).send(text('x'));
    linkOf(a, b)!.channel(2).send(text('goes on'));
    linkOf(a, b)!.channel(3).send(text('nobody listens'));
    linkOf(a, b)!.sendDatagram(77, text('nobody listens'));
    await world.clock.runFor(50);
    expect(heard).toEqual(['goes on']);
    expect(b.complaints.length).toBe(3);
    expect(b.transport.drops.get('frame-unheard')).toBe(1);
    expect(b.transport.drops.get('datagram-unheard')).toBe(1);
    expect([a.downs, b.downs]).toEqual([[], []]);
  });

  it('brings many friends up at once', async () => {
    const world = new LinkWorld('many');
    const a = await world.person();
    const others: Person[] = [];
    for (let i = 0; i < 40; i++) others.push(await world.person());
    for (const other of others) {
      befriend(a, other);
      other.links.start();
    }
    a.links.start();
    await world.clock.runUntilTrue(() => a.ups.length === 40, 1_000);
    await world.clock.runFor(60_000);
    expect(a.downs).toEqual([]);
    await world.clock.runUntilSettled(a.links.stop(), 5_000);
    expect(others.every(({ downs }) => downs.join() === 'closed-by-peer')).toBe(true);
    const before = world.network.trace.totals.delivered;
    await world.clock.runFor(20);
    expect(a.links.linkTo(others[0]!.profile.publicKey)).toBeUndefined();
    expect(before).toBeGreaterThan(0);
  });

  it('brings many friends up at once who share an address', async () => {
    const world = new LinkWorld('one address');
    const behind = world.network.nat('203.0.113.1', 'cone');
    const a = await world.person();
    const friends: Person[] = [];
    for (let i = 0; i < 100; i++) {
      const friend = await world.person({
        host: world.network.host(`192.168.1.${i + 1}`, { behind }),
        endpoints: () => [],
      });
      befriend(a, friend);
      friend.links.start();
      friends.push(friend);
    }
    await world.clock.runFor(10_000);
    a.links.start();
    await world.clock.runUntilTrue(() => friends.every((friend) => linkOf(friend, a) !== undefined), 1_000);
    expect(a.transport.drops.get('hello-rate')).toBe(0);
  });

  it('tells round-trip time, place and age of the keys', async () => {
    const world = new LinkWorld('stats');
    const [a, b] = await world.linked();
    await world.clock.runFor(1_000);
    const stats = linkOf(a, b)!.stats();
    expect(stats.rttMs).toBeCloseTo(20, 0);
    expect(stats.remote).toEqual({ host: b.host.address, port: 4_000 });
    expect(stats.epoch).toBe(0);
    const keyLife = stats.epochAgeMs + stats.nextEpochInMs;
    expect(keyLife).toBeGreaterThan(0.9 * REKEY_AFTER_MS);
    expect(keyLife).toBeLessThanOrEqual(REKEY_AFTER_MS);
    for (const channel of [0, 256, 1.5]) expect(() => linkOf(a, b)!.channel(channel)).toThrow(RangeError);
    expect(() => linkOf(a, b)!.sendDatagram(0, text('x'))).toThrow(RangeError);
    expect(() => linkOf(a, b)!.sendDatagram(256, text('x'))).toThrow(RangeError);
    expect(() => linkOf(a, b)!.sendDatagram(1, new Uint8Array(1_151))).toThrow(RangeError);
    expect(linkOf(a, b)!.sendDatagram(1, new Uint8Array(1_150))).toBe(true);
  });

  it('answers a friend of whom it does not know the place, and does not look for them', async () => {
    const world = new LinkWorld('nowhere');
    const [a, b] = [await world.person(), await world.person()];
    a.links.addFriend(b.profile.publicKey, undefined);
    for (const person of [a, b]) person.links.start();
    await world.clock.runFor(60_000);
    expect(world.overlay.carried).toEqual([]);
    b.links.addFriend(a.profile.publicKey, homeOf(a.profile));
    await world.clock.runUntilTrue(() => linkOf(a, b) !== undefined, 200);
  });

  it('looks for a friend at once, however many others there are of whom it does not know the place', async () => {
    const world = new LinkWorld('unanswered');
    const a = await world.person();
    for (let i = 0; i < 20; i++) {
      const { publicKey } = profileKeyPairFromSeed(new Uint8Array(32).fill(i + 1));
      a.links.addFriend(publicKey, undefined);
    }
    const b = await world.person();
    a.links.addFriend(b.profile.publicKey, homeOf(b.profile));
    a.links.start();
    await world.clock.runFor(4);
    expect(world.overlay.carried).toHaveLength(1);
  });

  it('looks for a friend elsewhere, at once, when it is told where', async () => {
    const world = new LinkWorld('moved');
    const [a, b] = [await world.person(), await world.person()];
    for (const person of [a, b]) person.links.start();
    b.links.addFriend(a.profile.publicKey, homeOf(b.profile));
    a.links.addFriend(b.profile.publicKey, homeOf(a.profile));
    await world.clock.runFor(10_000);
    expect(linkOf(a, b)).toBeUndefined();
    a.links.addFriend(b.profile.publicKey, homeOf(b.profile));
    await world.clock.runUntilTrue(() => linkOf(a, b) !== undefined, 200);
  });

  it('is found at the door that is open now, and at home', async () => {
    const world = new LinkWorld('door');
    const [a, b] = [await world.person(), await world.person()];
    const [first, second] = [1, 2].map((value) => new Uint8Array(32).fill(value)) as [Uint8Array, Uint8Array];
    const tag = inviteTag(new Uint8Array(4));
    const ask = (secret: Uint8Array) => {
      const { position } = placeOf(b.profile.publicKey, secret)!;
      return a.links.introduce({ profile: b.profile.publicKey, tag, position }, new Uint8Array(1));
    };
    let heard = 0;
    b.links.onIntroduction(() => heard++);
    const hearing = async (secret: Uint8Array) => {
      const before = heard;
      await ask(secret);
      await world.clock.runFor(100);
      return heard - before;
    };
    a.links.start();
    b.links.setDoor({ tag, secret: first });
    b.links.start();
    await world.clock.runFor(100);
    expect([await hearing(first), await hearing(second)]).toEqual([1, 0]);
    b.links.setDoor({ tag, secret: second });
    await world.clock.runFor(100);
    expect([await hearing(first), await hearing(second)]).toEqual([0, 1]);
    b.links.setDoor(undefined);
    expect([await hearing(first), await hearing(second)]).toEqual([0, 0]);
    befriend(a, b);
    await world.clock.runUntilTrue(() => linkOf(a, b) !== undefined, 200);
  });

  it('has no use for a key that is none, or for its own', async () => {
    const world = new LinkWorld('keys');
    const a = await world.person();
    a.links.start();
    const profile = profileKey(new Uint8Array(32));
    const nobody = { profile, tag: inviteTag(new Uint8Array(4)), position: homeOf(a.profile) };
    a.links.addFriend(profileKey(new Uint8Array(32)), homeOf(a.profile));
    a.links.addFriend(a.profile.publicKey, homeOf(a.profile));
    await world.clock.runFor(1_000);
    expect(world.overlay.carried).toEqual([]);
    expect(await a.links.introduce(nobody, new Uint8Array(1))).toBe(false);
    a.links.removeFriend(a.profile.publicKey);
    expect(a.links.isConnecting(a.profile.publicKey)).toBe(false);
  });

  it('costs an idle link a probe each quarter of a minute', async () => {
    const world = new LinkWorld('idle');
    const [a, b] = await world.linked();
    await world.clock.runFor(30_000);
    const before = a.transport.traffic.bytesOut + b.transport.traffic.bytesOut;
    await world.clock.runFor(120_000);
    const bytes = a.transport.traffic.bytesOut + b.transport.traffic.bytesOut - before;
    expect(bytes).toBeGreaterThanOrEqual(6 * 72);
    expect(bytes).toBeLessThanOrEqual(9 * 72);
  });
});
