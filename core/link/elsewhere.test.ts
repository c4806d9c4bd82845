import { describe, expect, it } from 'vitest';
import { befriend, LinkWorld, linkOf, type Person } from '../testing/link-world.ts';

/** Somebody with the profile of `person`, who knows the friend `other`. */
async function copyOf(world: LinkWorld, person: Person, other: Person, host = world.nextHost()): Promise<Person> {
  const copy = await world.person({ host, profile: person.profile });
  befriend(copy, other);
  copy.links.start();
  return copy;
}

describe('a profile on two computers', () => {
  it('both hear of it from a friend who is there, again and again', async () => {
    const world = new LinkWorld('two');
    const [a, b] = await world.linked();
    const copy = await copyOf(world, a, b);
    await world.clock.runUntilTrue(() => a.elsewhere.length > 0 && copy.elsewhere.length > 0, 1_000);
    expect(a.elsewhere[0]).toEqual(b.profile.publicKey);
    for (let minute = 0; minute < 60; minute++) {
      const before = [a, copy].map(({ elsewhere }) => elsewhere.length);
      await world.clock.runFor(90_000);
      for (const [i, { elsewhere }] of [a, copy].entries()) expect(elsewhere.length).toBeGreaterThan(before[i]!);
    }
    expect(b.elsewhere).toEqual([]);
    expect([...a.complaints, ...b.complaints, ...copy.complaints]).toEqual([]);
  });

  it('hear no more of it when one of them is closed or crashed', async () => {
    for (const end of ['stop', 'crash'] as const) {
      const world = new LinkWorld(end);
      const [a, b] = await world.linked();
      const copy = await copyOf(world, a, b);
      await world.clock.runFor(10_000);
      if (end === 'stop') await world.clock.runUntilSettled(copy.links.stop(), 5_000);
      else copy.crash();
      await world.clock.runFor(1_000);
      const before = a.elsewhere.length;
      expect(before).toBeGreaterThan(0);
      await world.clock.runFor(600_000);
      expect(linkOf(a, b)?.up).toBe(true);
      expect(a.elsewhere.length).toBe(before);
    }
  });

  it('is known from the first link that the other one takes, as with a stolen key', async () => {
    const world = new LinkWorld('once');
    const [a, b] = await world.linked();
    const thief = await copyOf(world, a, b);
    await world.clock.runUntilTrue(() => thief.ups.length === 1, 1_000);
    thief.crash();
    await world.clock.runFor(1_000);
    expect(a.elsewhere.length).toBe(1);
  });
});

describe('nobody is told of another computer', () => {
  /** What befalls A, who has a link with B; resolves with all that A was meanwhile. */
  const cases: Record<string, (world: LinkWorld, a: Person, b: Person) => Promise<Person[]>> = {
    'after a crash and a restart at once': async (world, a, b) => {
      a.crash();
      a.host.restart();
      return [a, await copyOf(world, a, b, a.host)];
    },
    'after a crash and a restart somewhere else': async (world, a, b) => {
      a.crash();
      await world.clock.runFor(3_000);
      return [a, await copyOf(world, a, b)];
    },
    'after an end and a start on another computer': async (world, a, b) => {
      await world.clock.runUntilSettled(a.links.stop(), 5_000);
      return [a, await copyOf(world, a, b)];
    },
    'after an end whose goodbye was lost': async (world, a, b) => {
      const heal = world.network.partition([a.host], [b.host]);
      await world.clock.runUntilSettled(a.links.stop(), 5_000);
      heal();
      a.crash();
      a.host.restart();
      return [a, await copyOf(world, a, b, a.host)];
    },
    'when the friend restarts': async (world, a, b) => {
      b.crash();
      b.host.restart();
      return [a, await copyOf(world, b, a, b.host)];
    },
    'when the address changes': async (world, a) => {
      for (let i = 0; i < 5; i++) {
        a.host.moveTo(`203.0.113.${7 + i}`);
        a.overlay.announceChange();
        await world.clock.runFor(700);
      }
      return [a];
    },
    'after a cut that both noticed': async (world, a, b) => {
      const heal = world.network.partition([a.host], [b.host]);
      await world.clock.runFor(40_000);
      heal();
      return [a];
    },
    'after a cut from A only, which B did not notice': async (world, a, b) => {
      world.network.onPacket(({ from, to }) =>
        world.clock.now() < 30_000 && from.host === b.host.address && to.host === a.host.address ? 'drop' : undefined,
      );
      await world.clock.runFor(40_000);
      return [a];
    },
    'after a sleep': async (world, a) => {
      for (const ms of [6_000, 15_000, 25_000, 120_000]) {
        a.clock.sleep();
        a.host.up = false;
        await world.clock.runFor(ms);
        a.host.up = true;
        a.clock.wake();
        await world.clock.runFor(20_000);
      }
      return [a];
    },
  };
  it.each(Object.keys(cases))('%s', async (name) => {
    for (let seed = 0; seed < 5; seed++) {
      const world = new LinkWorld(`${name} ${seed}`, { latency: { kind: 'pair', minMs: 5, maxMs: 200, jitterMs: 50 } });
      const [a, b] = await world.linked();
      await world.clock.runFor(seed * 3_000);
      const everybody = [...(await cases[name]!(world, a, b)), b];
      await world.clock.runFor(120_000);
      for (const { elsewhere } of everybody) expect(elsewhere).toEqual([]);
    }
  });

  it('when both sides look for each other at the same time, whatever is lost', async () => {
    for (let seed = 0; seed < 100; seed++) {
      const conditions = { latency: { kind: 'pair', minMs: 5, maxMs: 400, jitterMs: 300 }, loss: 0.3 } as const;
      const world = new LinkWorld(`glare ${seed}`, conditions);
      const [a, b] = await world.friends();
      await world.untilLinked(a, b, 60_000);
      linkOf(a, b)?.close();
      linkOf(b, a)?.close();
      a.links.seek(b.profile.publicKey);
      b.links.seek(a.profile.publicKey);
      await world.clock.runFor(30_000);
      expect([a.elsewhere, b.elsewhere], world.network.trace.text()).toEqual([[], []]);
    }
  });
});
