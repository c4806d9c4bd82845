import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RelayReply } from '../codec/dht.ts';
import type { KnownContact } from '../dht/contact.ts';
import { positionOfClaim } from '../dht/types.ts';
import { createClaim } from '../testing/positions.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { makeEnvelope } from './envelope.ts';
import { makeReceipt } from './receipt.ts';
import { loneCarrier } from './testing/lone-carrier.ts';

const random = new SeededRandom('many keys');
const claim = createClaim(random);
const destination = positionOfClaim(claim.publicKey);
const handOver = { token: undefined, copy: 1, hopsLeft: 0, lifeS: 3_600 };
const envelopeOf = (size = 848) => makeEnvelope({ destination, copies: 2, body: random.bytes(size) });

let carrier: ReturnType<typeof loneCarrier>;
let someone: KnownContact;

beforeEach(() => {
  carrier = loneCarrier(random);
  someone = carrier.network.somebody();
});
afterEach(() => carrier.node.stop());

async function carry({ bytes }: { readonly bytes: Uint8Array }, how = handOver): Promise<string> {
  const { world, network } = carrier;
  const asked = network.ask(someone, { kind: 'carry', body: { ...how, envelope: bytes } });
  return verdict(await world.runUntilSettled(asked, 5_000));
}

function verdict(reply: RelayReply): string {
  return 'verdict' in reply.body ? reply.body.verdict : reply.kind;
}

describe('somebody with many node keys', () => {
  const offerBy = (by: KnownContact) => {
    const envelope = envelopeOf(8_192);
    const body = { ...handOver, envelopeId: envelope.id, destination, bytes: envelope.bytes.length };
    return carrier.network.ask(by, { kind: 'offer', body }).then(verdict);
  };

  it('cannot keep others from handing over what comes in parts', async () => {
    const { network } = carrier;
    const verdicts: string[] = [];
    for (let i = 0; i < 10; i++) {
      const by = network.somebody('30.0.0.1');
      for (let offers = 0; offers < 16; offers++) verdicts.push(await offerBy(by));
    }
    expect(verdicts.filter((one) => one === 'wanted')).toHaveLength(128);
    expect(await offerBy(network.somebody('30.0.0.2'))).toBe('full');
    expect(await offerBy(network.somebody('40.0.0.1'))).toBe('wanted');
  });

  it('is shown a receipt once for a list, and few in all', async () => {
    const { network } = carrier;
    const shown = () => network.sent.filter(({ body }) => body.kind === 'free').length;
    const ids = Array.from({ length: 56 }, () => random.bytes(16));
    await network.ask(someone, { kind: 'free', body: { token: undefined, ...makeReceipt(claim, ids) } });
    const inventory = { kind: 'inventory', body: { token: undefined, destination, copies: 2, ids } } as const;
    await network.ask(network.somebody('30.0.0.1'), inventory);
    expect(shown()).toBe(1);
    for (const id of ids) {
      const other = makeReceipt(claim, [id, random.bytes(16)]);
      await network.ask(someone, { kind: 'free', body: { token: undefined, ...other } });
    }
    for (let i = 0; i < 100; i++) await network.ask(network.somebody('30.0.0.1'), inventory);
    expect(shown()).toBeGreaterThan(56);
    expect(shown()).toBeLessThan(600);
  });

  it('leaves no trace of each of them beside what is kept', async () => {
    const { network } = carrier;
    const envelope = envelopeOf();
    await carry(envelope);
    const body = { token: undefined, destination, copies: 2, ids: [envelope.id] };
    const nodes = Array.from({ length: 300 }, () => network.somebody('30.0.0.1'));
    for (const by of nodes) await network.ask(by, { kind: 'inventory', body });
    const digest = new Uint8Array(16);
    const known = await Promise.all(
      nodes.map(async (by) => {
        const compare = { token: undefined, destination, copies: 2, count: 9, digest, challenge: undefined };
        const reply = await network.ask(by, { kind: 'compare', body: compare });
        return reply.kind === 'compared' && reply.body.comparison !== 'none';
      }),
    );
    expect(known.filter((one) => one).length).toBeLessThanOrEqual(64);
    expect(known.at(-1)).toBe(true);
  });
});

describe('a copy that an envelope does not ask for', () => {
  const above = { ...handOver, copy: 3, hopsLeft: 9 };

  it('goes nowhere', async () => {
    const { world, network } = carrier;
    const hop = network.somebody();
    network.hops = [hop];
    const envelope = envelopeOf();
    expect(await carry(envelope, above)).toBe('malformed');
    expect(await carry(envelope)).toBe('kept');
    const offer = { ...above, envelopeId: envelope.id, destination, bytes: 4_000 };
    expect(verdict(await network.ask(someone, { kind: 'offer', body: offer }))).toBe('malformed');
    await world.runFor(1_000);
    expect(network.sentTo(hop, 'carry')).toEqual([]);
  });
});
