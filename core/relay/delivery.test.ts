import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KnownContact } from '../dht/contact.ts';
import { positionOfClaim } from '../dht/types.ts';
import { createClaim } from '../testing/positions.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import type { VirtualClock } from '../testing/virtual-clock.ts';
import { COLLECT_PURPOSE } from './attendance.ts';
import { makeEnvelope } from './envelope.ts';
import { makeReceipt } from './receipt.ts';
import type { RelayNode } from './relay.ts';
import { loneCarrier } from './testing/lone-carrier.ts';
import type { NetworkDouble } from './testing/network-double.ts';

const DAY_MS = 86_400_000;
/** How long a silent node is waited for. */
const SILENCE_MS = 100;
const LIFETIME_S = 600;
const random = new SeededRandom('delivery');
const claim = createClaim(random);
const envelope = makeEnvelope({ destination: positionOfClaim(claim.publicKey), copies: 2, body: random.bytes(848) });

let world: VirtualClock;
let network: NetworkDouble;
let node: RelayNode;
let root: KnownContact;
let home: KnownContact;
/** What the last answer to a wish to collect brought. */
let pass: Uint8Array;

beforeEach(() => {
  ({ world, network, node } = loneCarrier(random));
  [root, home] = [network.somebody(), network.somebody()];
  network.near = [root];
  pass = new Uint8Array(8);
});
afterEach(() => node.stop());

async function collect(lifetimeS: number): Promise<void> {
  const wish = { claimKey: claim.publicKey, signature: claim.sign(COLLECT_PURPOSE, home.key), lifetimeS };
  const body = { token: undefined, pass, policy: undefined, ...wish };
  const reply = await world.runUntilSettled(network.ask(home, { kind: 'collect', body }), 1_000);
  if (reply.kind === 'collecting') pass = reply.body.pass;
}

async function keep(): Promise<void> {
  const carry = { token: undefined, copy: 0, hopsLeft: 0, lifeS: 86_400, envelope: envelope.bytes };
  await world.runUntilSettled(network.ask(network.somebody(), { kind: 'carry', body: carry }), 1_000);
}

async function free(): Promise<void> {
  const receipt = makeReceipt(claim, [envelope.id]);
  await network.ask(network.somebody(), { kind: 'free', body: { token: undefined, ...receipt } });
}

const notices = () => network.sentTo(root, 'notify').length;

describe('a destination that goes without a word', () => {
  beforeEach(async () => {
    network.answer = () => new Promise((resolve) => world.after(SILENCE_MS, () => resolve(undefined)));
    await collect(LIFETIME_S);
    await keep();
    // Until this node asks the silent one for the last time whether it takes something.
    while (network.sentTo(home, 'inventory').length < 4) await world.runFor(SILENCE_MS / 2);
  });

  it('is told that something waits', async () => {
    await world.runFor(DAY_MS);
    expect(notices()).toBeGreaterThan(3);
  });

  it('is not told for ever of what was freed while it was given up', async () => {
    await free();
    await world.runFor(DAY_MS);
    expect(notices()).toBe(0);
  });

  it('is told nothing by a carrier that ended while it gave the destination up', async () => {
    node.stop();
    await world.runFor(DAY_MS);
    expect(notices()).toBe(0);
  });
});

describe('a destination that has been brought something and never said that it has it', () => {
  beforeEach(() => {
    network.answer = (to, { kind }) =>
      kind === 'inventory' && to.name === home.name
        ? { kind: 'missing', body: { token: undefined, verdict: 'held', ids: [] } }
        : undefined;
  });

  it('is told of it when it has ended its collection', async () => {
    await collect(LIFETIME_S);
    await keep();
    await world.runFor(1_000);
    expect(network.sentTo(home, 'inventory')).toHaveLength(1);
    await collect(0);
    await world.runFor(DAY_MS);
    expect(notices()).toBeGreaterThan(3);
  });

  it.each(['before it collected', 'while it collected'])(
    'is told when it collects no more what came %s',
    async (came) => {
      if (came === 'before it collected') await keep();
      await collect(LIFETIME_S);
      if (came === 'while it collected') await keep();
      await world.runFor(LIFETIME_S * 1_000);
      expect(notices()).toBe(0);
      await world.runFor(DAY_MS);
      expect(notices()).toBeGreaterThan(3);
    },
  );

  it('is not told while it collects, nor when it has said so at last', async () => {
    await collect(LIFETIME_S);
    await keep();
    for (let i = 0; i < 100; i++) {
      await world.runFor(LIFETIME_S * 900);
      await collect(LIFETIME_S);
    }
    expect(notices()).toBe(0);
    await collect(0);
    await free();
    await world.runFor(DAY_MS);
    expect(notices()).toBe(0);
  });
});
