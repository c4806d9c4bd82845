import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../ports/network.ts';
import { LinkWorld, linkOf, type Person } from '../testing/link-world.ts';
import { homeOf } from '../testing/positions.ts';
import type { NatBehaviour } from '../testing/sim-nat.ts';

const text = (value: string) => new TextEncoder().encode(value);
const PORT = 4_000;

function count(person: Person): { frames: number } {
  const heard = { frames: 0 };
  person.links.onUp((link) =>
    link.channel(1).onFrames((frames) => {
      heard.frames += frames.length;
    }),
  );
  return heard;
}

const OPEN_FILTER: NatBehaviour = {
  mapping: 'endpoint-independent',
  filtering: 'endpoint-independent',
  timeoutMs: 120_000,
  hairpin: false,
};

describe('roaming', () => {
  it('the link survives a change of address that is noticed, without a gap', async () => {
    const world = new LinkWorld('noticed');
    const [a, b] = await world.friends();
    const heard = count(b);
    await world.untilLinked(a, b);
    await world.clock.runFor(3_000);
    a.host.moveTo('203.0.113.7');
    a.overlay.announceChange();
    await world.clock.runFor(200);
    expect(linkOf(b, a)!.stats().remote).toEqual({ host: '203.0.113.7', port: PORT });
    linkOf(a, b)!.channel(1).send(text('from the train'));
    await world.clock.runFor(50);
    expect(heard.frames).toBe(1);
    await world.clock.runFor(60_000);
    expect([a.downs, b.downs, a.ups.length, b.ups.length]).toEqual([[], [], 1, 1]);
  });

  it('the link survives a new outside port that nobody noticed, busy or idle', async () => {
    for (const busy of [true, false]) {
      const world = new LinkWorld(`rebinding ${busy}`);
      const nat = world.network.nat('203.0.113.1', 'cone');
      const host = world.network.host('10.0.0.1', { behind: nat });
      const [a, b] = await world.friends({ host, endpoints: () => [] });
      const heard = count(a);
      await world.untilLinked(a, b);
      const before = linkOf(b, a)!.stats().remote;
      nat.reboot();
      if (busy) linkOf(a, b)!.channel(1).send(text('still me'));
      await world.clock.runFor(busy ? 6_000 : 30_000);
      linkOf(b, a)!.channel(1).send(text('welcome back'));
      await world.clock.runUntilTrue(() => heard.frames === 1, 5_000);
      expect(linkOf(b, a)!.stats().remote).not.toEqual(before);
      expect([a.downs, b.downs]).toEqual([[], []]);
    }
  });

  it('both move at once: the overlay brings them together again', async () => {
    const world = new LinkWorld('both');
    const [a, b] = await world.linked();
    await world.clock.runFor(20_000);
    a.host.moveTo('203.0.113.8');
    b.host.moveTo('203.0.113.9');
    await world.clock.runFor(1_000);
    a.overlay.announceChange();
    b.overlay.announceChange();
    await world.clock.runFor(40_000);
    expect(linkOf(a, b)!.stats().remote.host).toBe('203.0.113.9');
    expect(linkOf(b, a)!.stats().remote.host).toBe('203.0.113.8');
    expect([a.downs, b.downs]).toEqual([[], []]);
  });

  it('somebody who copies packets and is faster does not draw the link to himself', async () => {
    const world = new LinkWorld('thief');
    const [a, b] = await world.linked();
    const thief = await world.nextHost().bind({ port: 666 });
    const at = { host: '198.51.100.3', port: 666 };
    world.network.onPacket(({ kind, packet, from, to }) => {
      // What A sends to B also comes to B from the thief, before the original.
      const copied = kind === 'datagram' && from.host === a.host.address && to.host === b.host.address;
      if (copied) world.network.inject(at, { host: b.host.address, port: PORT }, packet.slice());
      return undefined;
    });
    let relayed = 0;
    thief.onDatagram((packet) => {
      // He passes the challenge on to A and would bring the answer back.
      relayed++;
      thief.send(packet.slice(), { host: a.host.address, port: PORT });
    });
    for (let i = 0; i < 50; i++) {
      linkOf(a, b)!.sendDatagram(3, text('voice'));
      await world.clock.runFor(200);
    }
    expect(relayed).toBeGreaterThan(0);
    expect(linkOf(b, a)!.stats().remote.host).toBe(a.host.address);
    expect([a.downs, b.downs]).toEqual([[], []]);
  });
});

/** The endpoints the world sees, as other nodes would report them. */
async function outsideOf(world: LinkWorld, persons: readonly Person[]): Promise<Map<Person, Endpoint>> {
  const outside = new Map<Person, Endpoint>();
  const server = await world.network.host('192.0.2.250').bind({ port: 3_478 });
  for (const person of persons) {
    server.onDatagram((_, from) => outside.set(person, from));
    person.transport.send(Uint8Array.of(4, 1), { host: '192.0.2.250', port: 3_478 });
    await world.clock.runFor(100);
  }
  return outside;
}

describe('hole punching', () => {
  const PAIRS: [string, NatBehaviour | 'cone' | 'symmetric', NatBehaviour | 'cone' | 'symmetric' | undefined][] = [
    ['address-dependent filtering on both sides', 'cone', 'cone'],
    ['endpoint-independent filtering on both sides', OPEN_FILTER, OPEN_FILTER],
    [
      'port-dependent filtering on both sides',
      { ...OPEN_FILTER, filtering: 'address-and-port-dependent' },
      { ...OPEN_FILTER, filtering: 'address-and-port-dependent' },
    ],
    ['a symmetric translator and none', 'symmetric', undefined],
    ['a symmetric translator and endpoint-independent filtering', 'symmetric', OPEN_FILTER],
    ['a symmetric translator and address-dependent filtering', 'symmetric', 'cone'],
  ];
  for (const [name, first, second] of PAIRS) {
    for (const swapped of [false, true]) {
      it(`works with ${name}${swapped ? ', the other way round' : ''}`, async () => {
        const world = new LinkWorld(`nat ${name} ${swapped}`);
        const behind = (kind: typeof second, number: number) => {
          if (kind === undefined) return undefined;
          const nat = world.network.nat(`203.0.113.${number}`, kind);
          return world.network.host(`10.0.${number}.1`, { behind: nat });
        };
        const hosts = [behind(first, 1), behind(second, 2)] as const;
        let outside = new Map<Person, Endpoint>();
        const make = async (host: (typeof hosts)[number]) => {
          const options = host === undefined ? {} : { host, endpoints: () => [outside.get(person)!] };
          const person: Person = await world.person(options);
          return person;
        };
        const persons = [await make(hosts[0]), await make(hosts[1])] as const;
        const ends = swapped ? [persons[1], persons[0]] : persons;
        outside = await outsideOf(world, persons);
        for (const person of ends) person.links.start();
        ends[0]!.links.addFriend(ends[1]!.profile.publicKey, homeOf(ends[1]!.profile));
        ends[1]!.links.addFriend(ends[0]!.profile.publicKey, homeOf(ends[0]!.profile));
        const since = world.clock.now();
        await world.untilLinked(persons[0], persons[1], 5_000);
        expect(world.clock.now() - since).toBeLessThan(1_500);
        await world.clock.runFor(120_000);
        expect([persons[0].downs, persons[1].downs]).toEqual([[], []]);
      });
    }
  }
});
