import { expect, it } from 'vitest';
import type { RelayReply } from '../codec/dht.ts';
import { positionOfClaim } from '../dht/types.ts';
import { DropCounter } from '../net/transport.ts';
import { MemoryCacheDisk } from '../testing/memory-cache.ts';
import { createClaim } from '../testing/positions.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { COLLECT_PURPOSE } from './attendance.ts';
import { makeEnvelope } from './envelope.ts';
import { RelayNode } from './relay.ts';
import { NetworkDouble } from './testing/network-double.ts';

it('a carrier that ends while it hands envelopes over reads none of them any more, and loses none', async () => {
  const random = new SeededRandom('stop');
  const world = new VirtualClock();
  const network = new NetworkDouble(random);
  const disk = new MemoryCacheDisk();
  const errors: string[] = [];
  const logger = {
    debug() {},
    info() {},
    warn: (event: string) => errors.push(event),
    error: (event: string) => errors.push(event),
  };
  const parts = { network, random, clock: world.node(0), logger, drops: new DropCounter() };
  const store = disk.open();
  const node = new RelayNode({ ...parts, store });
  node.start();
  const claim = createClaim(random);
  const destination = positionOfClaim(claim.publicKey);
  const from = network.somebody();
  const home = network.somebody();
  const kept = Array.from({ length: 20 }, () =>
    makeEnvelope({ destination, copies: 2, body: random.bytes(848), permit: undefined }),
  );
  for (const { bytes } of kept) {
    const body = { token: undefined, copy: 0, hopsLeft: 0, lifeS: 86_400, envelope: bytes };
    await world.runUntilSettled(network.ask(from, { kind: 'carry', body }), 1_000);
  }
  // The destination comes up, and takes its time over each.
  network.answer = async (_to, body) => {
    await new Promise<void>((resolve) => world.after(50, resolve));
    if (body.kind === 'inventory')
      return { kind: 'missing', body: { token: undefined, verdict: 'wanted', ids: body.body.ids } };
    const taken: RelayReply = { kind: 'carried', body: { token: undefined, verdict: 'held' } };
    return body.kind === 'carry' ? taken : undefined;
  };
  const wish = { claimKey: claim.publicKey, signature: claim.sign(COLLECT_PURPOSE, home.key), lifetimeS: 600 };
  const collect = { token: undefined, pass: new Uint8Array(8), policy: undefined, ...wish };
  await world.runUntilSettled(network.ask(home, { kind: 'collect', body: collect }), 1_000);
  await world.runFor(60);
  const handed = network.sentTo(home, 'carry').length;
  expect(handed).toBeGreaterThan(0);
  expect(handed).toBeLessThan(kept.length);

  node.stop();
  await store.close();
  await world.runFor(60_000);
  expect(errors).toEqual([]);
  expect(network.sentTo(home, 'carry')).toHaveLength(handed);
  expect(disk.envelopes.size).toBe(kept.length);
});
