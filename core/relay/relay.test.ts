import { describe, expect, it } from 'vitest';
import type { Dht } from '../dht/dht.ts';
import { type Carrier, Destination, RelayWorld } from '../testing/relay-world.ts';
import { type Envelope, makeEnvelope } from './envelope.ts';

/** Stated time within which a lost copy is made again in a network of this size (docs/reliability.md). */
const REPAIR_MS = 20_000;
/** The same for giving up a copy too many: whoever is counted on stays for more than an hour (custody-story.ts). */
const SURPLUS_MS = 3 * 3_600_000;

async function world(seed: string, nodes = 30): Promise<RelayWorld> {
  const result = new RelayWorld(seed);
  await result.grow(nodes);
  return result;
}

/** Somebody whose envelopes this node, itself far from their places, does not come to hold. */
function destinationFarFrom(net: RelayWorld, sender: Carrier): Destination {
  for (;;) {
    const bob = new Destination(net);
    if (sender.relay.copiesFor(bob.position) === 2) return bob;
  }
}

/** An envelope that is stored, whose sender is gone since `passMs`. */
async function leftBehind(seed: string, passMs: number) {
  const net = await world(seed);
  const sender = net.carriers[3]!;
  const bob = destinationFarFrom(net, sender);
  const envelope = sender.send(bob);
  await net.story.until('stored', () => sender.isStored(envelope), 20_000);
  sender.crash();
  await net.story.pass(passMs);
  return { net, bob, envelope };
}

describe('custody', () => {
  it('brings it to the destination when it comes up, and a receipt frees every copy', async () => {
    const net = await world('collect');
    const sender = net.carriers[3]!;
    const bob = destinationFarFrom(net, sender);
    const envelopes = Array.from({ length: 20 }, () => sender.send(bob));
    await net.story.until('stored', () => envelopes.every((envelope) => sender.isStored(envelope)), 20_000);
    await net.story.pass(120_000);
    const others = (envelope: Envelope) => net.holdersOf(envelope).filter((holder) => holder !== sender);
    await net.story.until('no surplus', () => envelopes.every((one) => others(one).length <= 2), SURPLUS_MS);
    for (const envelope of envelopes) expect(others(envelope)).toHaveLength(2);
    sender.crash();
    await net.story.pass(600_000);
    const home = net.carriers[11]!;
    bob.comesUpAt(home);
    await net.story.until('all arrived', () => bob.arrived.length === 20, 2_000);
    await net.story.until('caught up', () => bob.caughtUp, 5_000);
    await net.story.until('freed', () => net.carriers.every((carrier) => carrier.kept === 0), 10_000);
    expect(new Set(bob.arrived.map(({ name }) => name)).size).toBe(20);
  });

  it.each(['a', 'b', 'c', 'd'])(
    'finds two others in a network of three, a fourth having just gone (%s)',
    async (seed) => {
      const net = await world(`few ${seed}`, 4);
      const sender = net.carriers[1]!;
      net.carriers[2]!.crash();
      const envelopes = Array.from({ length: 12 }, () => new Destination(net)).map((bob) => sender.send(bob));
      await net.story.until('stored', () => envelopes.every((envelope) => sender.isStored(envelope)), 15_000);
      for (const envelope of envelopes)
        expect(net.holdersOf(envelope).filter((holder) => holder !== sender).length).toBeGreaterThanOrEqual(2);
    },
  );

  it('makes a copy again when a holder dies, one after the other', async () => {
    const { net, bob, envelope } = await leftBehind('repair', 70_000);
    for (let death = 0; death < 6; death++) {
      const holders = net.holdersOf(envelope);
      expect(holders.length).toBeGreaterThanOrEqual(2);
      holders[death % 2]!.crash();
      await net.story.until('repaired', () => net.holdersOf(envelope).length >= 2, REPAIR_MS);
      await net.story.pass(60_000);
    }
    bob.comesUpAt(net.up.find((carrier) => !carrier.keeps(envelope))!);
    await net.story.until('arrived', () => bob.arrived.length === 1, 5_000);
  });

  it('finds out a holder that only says to have its copy, and makes another one', async () => {
    const { net, envelope } = await leftBehind('audit', 120_000);
    const [liar, honest] = net.holdersOf(envelope);
    const { destination, copies, name, body } = envelope;
    const other = makeEnvelope({ destination, copies, body: new Uint8Array(body.length) });
    liar!.disk.envelopes.set(name, { ...liar!.disk.envelopes.get(name)!, bytes: other.bytes });
    const others = () => net.holdersOf(envelope).filter((holder) => holder !== liar);
    await net.story.until('repaired', () => others().length >= 2, 120_000);
    expect(honest!.transport.drops.get('audit-failed')).toBeGreaterThan(0);
  });

  it('keeps no surplus: who comes back with an old copy lets go when others have it', async () => {
    const { net, envelope } = await leftBehind('surplus', 120_000);
    for (const holder of net.holdersOf(envelope)) {
      holder.crash();
      await net.story.until('repaired', () => net.holdersOf(envelope).length >= 2, REPAIR_MS);
      await holder.restart();
      await net.story.until('no surplus', () => net.holdersOf(envelope).length <= 2, SURPLUS_MS);
      expect(net.holdersOf(envelope)).toHaveLength(2);
    }
  });

  it('carries 64 KiB in parts', async () => {
    const net = await world('large');
    const sender = net.carriers[3]!;
    const bob = destinationFarFrom(net, sender);
    const envelope = sender.send(bob, { size: 65_536 });
    await net.story.until('stored', () => sender.isStored(envelope), 20_000);
    sender.crash();
    bob.comesUpAt(net.carriers[20]!);
    await net.story.until('arrived', () => bob.arrived.length === 1, 10_000);
    expect(bob.arrived[0]!.name).toBe(envelope.name);
  });

  it.each([
    ['stored', 4],
    ['not stored', 1],
  ])('is over for a sender that slept longer than that (%s)', async (_, nodes) => {
    const net = await world(`slept ${nodes}`, nodes);
    const sender = net.carriers[0]!;
    const envelope = sender.send(new Destination(net));
    await net.story.pass(15_000);
    const { states } = sender.deposits[0]!;
    expect([sender.isStored(envelope), states.at(-1)?.state === 'expired']).toEqual([nodes > 1, false]);
    // As by sleep: the date went on, and nothing else.
    sender.computer.clock.skewMs += 15 * 86_400_000;
    await net.story.pass(20 * 60_000);
    expect(states.at(-1)).toEqual({ state: 'expired' });
  });

  it('does not show the first hop that it is the first', async () => {
    const net = new RelayWorld('first hop');
    const seen: { readonly from: string; readonly hopsLeft: number; readonly lifeS: number }[] = [];
    const spy = (dht: Dht) => {
      const serve = dht.serve.bind(dht);
      dht.serve = (handler) =>
        serve((request) => {
          const { body, from } = request;
          if (body.kind === 'carry' && body.body.hopsLeft > 0) seen.push({ from: from.endpoint.host, ...body.body });
          handler(request);
        });
    };
    for (let i = 0; i < 40; i++) await net.carrier({ corrupt: spy });
    await net.story.pass(30_000);
    const sender = net.carriers[3]!;
    const bobs = Array.from({ length: 20 }, () => destinationFarFrom(net, sender));
    const envelopes = bobs.map((bob) => sender.send(bob));
    await net.story.until('stored', () => envelopes.every((envelope) => sender.isStored(envelope)), 30_000);
    const bySender = ({ from }: { from: string }) => from === sender.computer.host.address;
    const first = seen.filter(bySender);
    const later = seen.filter((hop) => !bySender(hop));
    expect(later.length).toBeGreaterThan(0);
    // Later hops have counts and lives that first hops have too: none of them tells where it began.
    const among = (of: (hop: (typeof seen)[0]) => number) => {
      const [least, most] = [Math.min(...first.map(of)), Math.max(...first.map(of))];
      return later.filter((hop) => of(hop) >= least && of(hop) <= most).length / later.length;
    };
    expect(among(({ hopsLeft }) => hopsLeft)).toBeGreaterThan(0.6);
    expect(among(({ lifeS }) => lifeS)).toBeGreaterThan(0.9);
  });

  it.each(['many large', 's8', 's27', 's40'])(
    'carries many large ones at once in a small network, where both ways begin with the same hop (%s)',
    async (seed) => {
      const net = await world(seed, 12);
      const sender = net.carriers[3]!;
      const bob = new Destination(net);
      const envelopes = Array.from({ length: 6 }, () => sender.send(bob, { size: 65_536 }));
      await net.story.until('stored', () => envelopes.every((one) => sender.isStored(one)), 3_000);
    },
  );
});
