import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KnownContact } from '../dht/contact.ts';
import { positionOfClaim } from '../dht/types.ts';
import { createClaim } from '../testing/positions.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import type { VirtualClock } from '../testing/virtual-clock.ts';
import { makeEnvelope } from './envelope.ts';
import { LEAST_PAUSE_MS, LONGEST_PAUSE_MS } from './notices.ts';
import type { RelayNode } from './relay.ts';
import { loneCarrier } from './testing/lone-carrier.ts';
import type { NetworkDouble } from './testing/network-double.ts';

const random = new SeededRandom('notices');
const claim = createClaim(random);
const destination = positionOfClaim(claim.publicKey);

let world: VirtualClock;
let network: NetworkDouble;
let node: RelayNode;
let holder: KnownContact;

beforeEach(async () => {
  ({ world, network, node } = loneCarrier(random));
  holder = network.somebody();
  network.near = [holder];
  network.answer = (_, { kind }) =>
    kind === 'collect'
      ? { kind: 'collecting', body: { token: undefined, accepted: 1, pass: new Uint8Array(8), waiting: 0 } }
      : undefined;
  node.attend({ claim, policy: undefined, onEnvelope: async () => 'done' });
  await world.runFor(1_000);
});
afterEach(() => node.stop());

const rounds = () => network.sentTo(holder, 'collect').length;

/** Anybody tells the node every `everyMs` that something waits; how many rounds of collecting that causes. */
async function told(times: number, everyMs: number): Promise<number> {
  const before = rounds();
  const stranger = network.somebody();
  for (let i = 0; i < times; i++) {
    const body = { token: undefined, destination, hopsLeft: 0 };
    void network.ask(stranger, { kind: 'notify', body }, false);
    await world.runFor(everyMs);
  }
  return rounds() - before;
}

async function bring(): Promise<void> {
  const { bytes } = makeEnvelope({ destination, copies: 2, body: random.bytes(848) });
  const body = { token: undefined, copy: 0, hopsLeft: 0, lifeS: 3_600, envelope: bytes };
  await world.runUntilSettled(network.ask(holder, { kind: 'carry', body }), 1_000);
}

describe('a notice that something waits', () => {
  it('makes the destination collect at once, and those of other holders do not again', async () => {
    const before = rounds();
    expect(await told(6, 100)).toBe(1);
    await world.runFor(LONGEST_PAUSE_MS);
    expect(rounds()).toBe(before + 1);
    expect(await told(1, 100)).toBe(1);
  });

  it('from somebody who says so all the time for nothing causes little', async () => {
    const seconds = 200;
    expect(await told(seconds, 1_000)).toBeLessThan(12);
  });

  it('counts after such ones too, no later than the longest pause', async () => {
    await told(100, 1_000);
    const before = rounds();
    await told(1, LONGEST_PAUSE_MS);
    expect(rounds()).toBeGreaterThan(before);
  });

  it('is believed at once again when something came', async () => {
    await told(100, 1_000);
    await bring();
    await told(1, LONGEST_PAUSE_MS);
    await bring();
    await world.runFor(LEAST_PAUSE_MS);
    expect(await told(1, 100)).toBe(1);
  });
});
