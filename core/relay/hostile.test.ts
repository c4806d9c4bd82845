import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RelayReply } from '../codec/dht.ts';
import { PART_BYTES } from '../codec/relay.ts';
import type { BlindedSigner } from '../crypto/blinded-key.ts';
import { createProfileKeyPair, type ProfileKeyPair } from '../crypto/crypto.ts';
import type { KnownContact } from '../dht/contact.ts';
import { positionOfClaim } from '../dht/types.ts';
import type { Signature } from '../ids/bytes.ts';
import { DropCounter } from '../net/transport.ts';
import { silentLogger } from '../ports/logger.ts';
import { MemoryCacheDisk } from '../testing/memory-cache.ts';
import { createClaim } from '../testing/positions.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { COLLECT_PURPOSE } from './attendance.ts';
import { isProof } from './audit.ts';
import { type Envelope, makeEnvelope } from './envelope.ts';
import { makePermit, makePolicy } from './policy.ts';
import { makeReceipt } from './receipt.ts';
import { RelayNode } from './relay.ts';
import { NetworkDouble } from './testing/network-double.ts';

const random = new SeededRandom('hostile');
const friend = createProfileKeyPair(random);
const invite = createProfileKeyPair(random);
const mallory = createProfileKeyPair(random);
const claim = createClaim(random);
const destination = positionOfClaim(claim.publicKey);
const policyWith = (number: number, by: BlindedSigner = claim) =>
  makePolicy(by, { number, friendKey: friend.publicKey, inviteKey: invite.publicKey });
const policy = policyWith(1);

let world: VirtualClock;
let network: NetworkDouble;
let disk: MemoryCacheDisk;
let drops: DropCounter;
let node: RelayNode;
let someone: KnownContact;

function start(): void {
  node = new RelayNode({
    ...{ network, random, drops, clock: world.node(0), logger: silentLogger },
    store: disk.open(),
  });
  node.start();
}

beforeEach(() => {
  world = new VirtualClock();
  network = new NetworkDouble(random);
  disk = new MemoryCacheDisk();
  drops = new DropCounter();
  someone = network.somebody();
  start();
});
afterEach(() => node.stop());

const friendly = (size = 848, rule = policy): Envelope =>
  makeEnvelope({
    ...{ destination, copies: 2, body: random.bytes(size) },
    permit: (id) => makePermit(id, rule, 'friend', friend.secretKey),
  });
const bare = (): Envelope => makeEnvelope({ destination, copies: 2, body: random.bytes(848) });
const handOver = { token: undefined, copy: 1, hopsLeft: 0, lifeS: 3_600 };

async function carry(envelope: Envelope | Uint8Array, proven = true): Promise<string> {
  const bytes = envelope instanceof Uint8Array ? envelope : envelope.bytes;
  const asked = network.ask(someone, { kind: 'carry', body: { ...handOver, envelope: bytes } }, proven);
  return verdict(await world.runUntilSettled(asked, 5_000));
}

/** The answer to an envelope that is handed over in this tick. */
async function carriedNow({ bytes }: Envelope): Promise<string> {
  return verdict(await network.ask(someone, { kind: 'carry', body: { ...handOver, envelope: bytes } }));
}

function verdict(reply: RelayReply): string {
  return 'verdict' in reply.body ? reply.body.verdict : reply.kind;
}

describe('a carrier takes', () => {
  it('what the destination’s policy allows, and says so only when it is on the disk', async () => {
    const envelope = friendly();
    expect(await carry(envelope)).toBe('kept');
    expect(disk.envelopes.has(envelope.name)).toBe(true);
    expect(await carry(envelope)).toBe('held');
    expect(node.stats().carried.envelopes).toBe(1);
  });

  it('nothing from an address that is not proven, nothing malformed, nothing without a life', async () => {
    expect(await carry(friendly(), false)).toBe('unproven');
    expect(await carry(random.bytes(900))).toBe('malformed');
    const dead = { ...handOver, lifeS: 0, envelope: friendly().bytes };
    expect(verdict(await world.runUntilSettled(network.ask(someone, { kind: 'carry', body: dead }), 5_000))).toBe(
      'malformed',
    );
    expect(disk.envelopes.size).toBe(0);
  });

  it('nothing at all while it gives no room or is a leaf', async () => {
    node.setCapacity(0);
    expect(await carry(friendly())).toBe('off');
    node.setCapacity(1_000_000);
    network.leaf = true;
    expect(await carry(friendly())).toBe('off');
  });

  it('no more than a trickle without a policy, and nothing unvouched once it knows one', async () => {
    const verdicts: string[] = [];
    for (let i = 0; i < 70; i++) verdicts.push(await carry(bare()));
    expect(verdicts.filter((one) => one === 'kept')).toHaveLength(64);
    expect(verdicts.at(-1)).toBe('full');
    expect(await carry(friendly())).toBe('kept');
    expect(await carry(bare())).toBe('forbidden');
  });

  it('no forged permit and no forged policy, not even under a signature it has seen', async () => {
    expect(await carry(friendly())).toBe('kept');
    const body = random.bytes(848);
    const by = (permit: (id: Uint8Array) => ReturnType<typeof makePermit>) =>
      makeEnvelope({ destination, copies: 2, body, permit });
    const stolen = { ...policy, friendKey: mallory.publicKey };
    expect(await carry(by((id) => makePermit(id, policy, 'friend', mallory.secretKey)))).toBe('forbidden');
    expect(await carry(by((id) => makePermit(id, stolen, 'friend', mallory.secretKey)))).toBe('forbidden');
    const other = createClaim(random);
    const foreign = makePolicy(other, { number: 9, friendKey: mallory.publicKey, inviteKey: mallory.publicKey });
    expect(await carry(by((id) => makePermit(id, foreign, 'friend', mallory.secretKey)))).toBe('forbidden');
    expect(disk.envelopes.size).toBe(1);
  });

  it('a friend’s envelope under an older policy as a stranger’s, and none with an older invite tag', async () => {
    expect(await carry(friendly(848, policyWith(5)))).toBe('kept');
    expect(await carry(friendly(848, policy))).toBe('kept');
    expect([...disk.envelopes.values()].map(({ row }) => row.stranger)).toEqual([false, true]);
    const invited = makeEnvelope({
      ...{ destination, copies: 2, body: random.bytes(848) },
      permit: (id) => makePermit(id, policy, 'invite', invite.secretKey),
    });
    expect(await carry(invited)).toBe('forbidden');
  });

  it('what somebody with the public ID sends, who cannot know the policy: a stranger’s, under the invite key only', async () => {
    const nothing = { number: 0, friendKey: new Uint8Array(32), signature: new Uint8Array(64) as Signature };
    const unsigned = (inviteKey: Uint8Array) => ({ ...policy, ...nothing, inviteKey });
    const by = (keys: ProfileKeyPair, inviteKey = keys.publicKey) =>
      makeEnvelope({
        ...{ destination, copies: 2, body: random.bytes(848) },
        permit: (id) => makePermit(id, unsigned(inviteKey), 'invite', keys.secretKey),
      });
    // Nobody here knows the destination's policy: a trickle from anybody.
    expect(await carry(by(invite))).toBe('kept');
    expect(await carry(by(mallory))).toBe('kept');
    expect(await carry(by(mallory, invite.publicKey))).toBe('forbidden');
    expect(await carry(friendly())).toBe('kept');
    // Now the policy is known, and decides: a key of one's own beside one's own signature is worth nothing.
    expect(await carry(by(invite))).toBe('kept');
    expect(await carry(by(mallory))).toBe('forbidden');
    expect(await carry(by(mallory, invite.publicKey))).toBe('forbidden');
    expect([...disk.envelopes.values()].map(({ row }) => row.stranger)).toEqual([true, true, false, true]);
  });

  it('an envelope under a renewed permit as the same one, where the old permit was refused and where it was not', async () => {
    const body = random.bytes(848);
    const under = (rule: typeof policy) =>
      makeEnvelope({
        ...{ destination, copies: 2, body },
        permit: (id) => makePermit(id, rule, 'invite', invite.secretKey),
      });
    const renewed = policyWith(5);
    expect(await carry(friendly(848, renewed))).toBe('kept');
    expect(await carry(under(policy))).toBe('forbidden');
    expect(await carry(under(renewed))).toBe('kept');
    expect(await carry(under(policyWith(6)))).toBe('held');
    expect(disk.envelopes.size).toBe(2);
  });

  it('what it keeps as a stranger’s for a friend’s when it comes again under a permit by the newest policy', async () => {
    const body = random.bytes(848);
    const under = (rule: typeof policy, secretKey = friend.secretKey) =>
      makeEnvelope({
        ...{ destination, copies: 2, body },
        permit: (id) => makePermit(id, rule, 'friend', secretKey),
      });
    const rows = () => [...disk.envelopes.values()].map(({ row }) => row.stranger);
    expect(await carry(friendly(848, policyWith(2)))).toBe('kept');
    expect(await carry(under(policy))).toBe('kept');
    expect(await carry(under(policyWith(2), mallory.secretKey))).toBe('held');
    expect(rows()).toEqual([false, true]);
    expect(await carry(under(policyWith(2)))).toBe('held');
    expect(rows()).toEqual([false, false]);
    expect(node.stats().carried.bytes).toBe([...disk.envelopes.values()].reduce((sum, { row }) => sum + row.size, 0));
  });

  it('no envelope whose disk failed: the sender is told, and it may come again', async () => {
    const envelope = friendly();
    disk.full = true;
    expect(await carry(envelope)).toBe('full');
    expect(node.stats().carried.envelopes).toBe(0);
    disk.full = false;
    expect(await carry(envelope)).toBe('kept');
  });

  it('no less than before when the disk fails as something comes that it holds', async () => {
    const [held, other] = [friendly(), friendly()];
    expect(await carry(held)).toBe('kept');
    disk.full = true;
    expect(await world.runUntilSettled(Promise.all([other, other, held].map(carriedNow)), 5_000)).toEqual([
      'full',
      'full',
      'held',
    ]);
    expect([disk.envelopes.has(held.name), disk.envelopes.has(other.name)]).toEqual([true, false]);
    expect(node.stats().carried.envelopes).toBe(1);
  });

  it('nothing whose disk failed as its own, though somebody asked for it meanwhile', async () => {
    const envelope = friendly();
    disk.full = true;
    const taken = carriedNow(envelope);
    const inventory = { token: undefined, destination, copies: 2, ids: [envelope.id] };
    await network.ask(someone, { kind: 'inventory', body: inventory });
    expect(await world.runUntilSettled(taken, 5_000)).toBe('full');
    const compare = { token: undefined, destination, copies: 2, count: 1, digest: envelope.id, challenge: undefined };
    const compared = await network.ask(someone, { kind: 'compare', body: compare });
    expect(compared.kind === 'compared' && compared.body.comparison).toBe('none');
  });
});

describe('an audit', () => {
  it('is passed with the bytes of the envelope, and by nothing else', async () => {
    const envelope = friendly();
    await carry(envelope);
    const nonce = random.bytes(8);
    const audit = async (envelopeId: Uint8Array, proven = true) => {
      const body = { token: undefined, destination, copies: 2, count: 1, digest: envelope.id };
      const question = { kind: 'compare', body: { ...body, challenge: { envelopeId, nonce } } } as const;
      const reply = await network.ask(someone, question, proven);
      return reply.kind === 'compared' ? reply.body : undefined;
    };
    const shown = await audit(envelope.id);
    expect(shown?.comparison).toBe('same');
    expect(isProof(shown?.proof, nonce, envelope.body)).toBe(true);
    expect(isProof(shown?.proof, random.bytes(8), envelope.body)).toBe(false);
    expect(isProof(shown?.proof, nonce, friendly().body)).toBe(false);
    expect((await audit(friendly().id))?.proof).toBeUndefined();
    // To read it costs more than to ask, under any address.
    expect(await audit(envelope.id, false)).toMatchObject({ comparison: 'same', proof: undefined });
    disk.envelopes.delete(envelope.name);
    expect((await audit(envelope.id))?.proof).toBeUndefined();
  });
});

describe('parts', () => {
  const large = () => friendly(65_536);
  const offer = (envelope: Envelope, bytes = envelope.bytes.length) =>
    network.ask(someone, { kind: 'offer', body: { ...handOver, envelopeId: envelope.id, destination, bytes } });
  const part = (id: Uint8Array, index: number, bytes: Uint8Array) =>
    world.runUntilSettled(
      network.ask(someone, { kind: 'part', body: { token: undefined, envelopeId: id, index, bytes } }),
      5_000,
    );
  const sliceOf = (envelope: Envelope, index: number) =>
    envelope.bytes.subarray(index * PART_BYTES, (index + 1) * PART_BYTES);

  it('make the envelope in any order, doubled or not', async () => {
    const envelope = large();
    expect(verdict(await offer(envelope))).toBe('wanted');
    const count = Math.ceil(envelope.bytes.length / PART_BYTES);
    const order = Array.from({ length: count }, (_, i) => count - 1 - i);
    let last = '';
    for (const index of [order[0]!, ...order]) last = verdict(await part(envelope.id, index, sliceOf(envelope, index)));
    expect(last).toBe('kept');
    expect(disk.envelopes.has(envelope.name)).toBe(true);
  });

  it('that nobody offered, of a wrong length or place, or of another envelope are refused', async () => {
    const envelope = large();
    expect(verdict(await part(envelope.id, 0, sliceOf(envelope, 0)))).toBe('malformed');
    await offer(envelope);
    expect(verdict(await part(envelope.id, 0, new Uint8Array(5)))).toBe('malformed');
    expect(verdict(await part(envelope.id, 60_000, sliceOf(envelope, 0)))).toBe('malformed');
    const other = large();
    const count = Math.ceil(other.bytes.length / PART_BYTES);
    let last = '';
    for (let i = 0; i < count; i++) last = verdict(await part(envelope.id, i, sliceOf(other, i)));
    expect(last).toBe('malformed');
    expect(disk.envelopes.size).toBe(0);
  });

  it('cannot fill the memory: offers of one node are bounded, and lengths are checked', async () => {
    expect(verdict(await offer(large(), 2 ** 31))).toBe('full');
    expect(verdict(await offer(large(), 5))).toBe('full');
    const verdicts: string[] = [];
    for (let i = 0; i < 17; i++) verdicts.push(verdict(await offer(large())));
    expect(verdicts).toEqual([...Array(16).fill('wanted'), 'full']);
    await world.runFor(31_000);
    expect(verdict(await offer(large()))).toBe('wanted');
  });
});

describe('a receipt', () => {
  const free = async (receipt: ReturnType<typeof makeReceipt>, proven = true) => {
    await network.ask(someone, { kind: 'free', body: { token: undefined, ...receipt } }, proven);
    await world.runFor(10);
  };

  it('frees what it names, and a copy that comes again is shown it', async () => {
    const envelope = friendly();
    await carry(envelope);
    await free(makeReceipt(claim, [envelope.id]));
    expect(disk.envelopes.size).toBe(0);
    expect(await carry(envelope)).toBe('freed');
    expect(network.sentTo(someone, 'free')).toHaveLength(1);
    await world.runFor(10);
    node.stop();
    disk.crash();
    start();
    expect(await carry(envelope)).toBe('freed');
  });

  it('that is forged, or of another destination, or from nowhere frees nothing', async () => {
    const envelope = friendly();
    await carry(envelope);
    const other = createClaim(random);
    await free({ ...makeReceipt(claim, [random.bytes(16)]), ids: [envelope.id] });
    await free({ ...makeReceipt(other, [envelope.id]), claimKey: claim.publicKey });
    await free(makeReceipt(claim, [envelope.id]), false);
    expect(disk.envelopes.size).toBe(1);
    expect(drops.get('receipt-forged')).toBe(2);
    await free(makeReceipt(other, [envelope.id]));
    expect(disk.envelopes.size).toBe(1);
  });

  it('of another destination keeps nothing away that it names, and does not stand before the real one', async () => {
    const envelope = friendly();
    await free(makeReceipt(createClaim(random), [envelope.id]));
    const body = { token: undefined, destination, copies: 2, ids: [envelope.id] };
    const missing = await network.ask(someone, { kind: 'inventory', body });
    expect(missing.kind === 'missing' && missing.body.ids).toEqual([envelope.id]);
    expect(await carry(envelope)).toBe('kept');
    expect(network.sentTo(someone, 'free')).toEqual([]);
    await free(makeReceipt(claim, [envelope.id]));
    expect(disk.envelopes.size).toBe(0);
    expect(await carry(envelope)).toBe('freed');
  });
});

/** In the name of the destination. */
const collectRequest = (signature: Signature) => ({
  kind: 'collect' as const,
  body: {
    token: undefined,
    pass: new Uint8Array(8),
    claimKey: claim.publicKey,
    signature,
    lifetimeS: 600,
    policy: undefined,
  },
});

describe('collecting', () => {
  const collect = async (by: BlindedSigner, key: Uint8Array, proven = true) => {
    const reply = await network.ask(someone, collectRequest(by.sign(COLLECT_PURPOSE, key)), proven);
    await world.runFor(10);
    return reply.kind === 'collecting' ? reply.body.accepted : -1;
  };

  it('is for the destination, at the node that asks: nobody else is told or given anything', async () => {
    await carry(friendly());
    const other = createClaim(random);
    expect(await collect(other, someone.key)).toBe(0);
    expect(await collect(claim, random.bytes(32))).toBe(0);
    expect(await collect(claim, someone.key, false)).toBe(0);
    expect(network.sentTo(someone, 'inventory')).toHaveLength(0);
    expect(await collect(claim, someone.key)).toBe(1);
    expect(network.sentTo(someone, 'inventory')).toHaveLength(1);
  });
});

describe('a collector that seems silent for a moment', () => {
  it('is brought what waits again soon, and is left alone after some attempts', async () => {
    await carry(friendly());
    await network.ask(someone, collectRequest(claim.sign(COLLECT_PURPOSE, someone.key)));
    await world.runFor(400);
    expect(network.sentTo(someone, 'inventory')).toHaveLength(2);
    await world.runFor(60_000);
    expect(network.sentTo(someone, 'inventory')).toHaveLength(4);
  });
});

describe('news of an envelope', () => {
  it('counts when it overtakes the answer of the hop that it comes from', async () => {
    const hop = network.somebody();
    network.hops = [hop];
    // The hop's answer is lost: only its news comes.
    network.answer = () => new Promise(() => {});
    const envelope = friendly();
    const states: string[] = [];
    const onState = ({ state }: { state: string }) => states.push(state);
    node.deposit(envelope, { expiresAt: world.node(0).wall() + 3_600_000, onState });
    await world.runFor(100);
    const news = { token: undefined, envelopeId: envelope.id, outcome: 'stored', holders: 2, lifeS: 600 } as const;
    for (const copy of [1, 2]) await network.ask(hop, { kind: 'settle', body: { ...news, copy } });
    expect(states.at(-1)).toBe('stored');
  });

  it('counts from the next hop only', async () => {
    const hop = network.somebody();
    network.hops = [hop];
    network.answer = (_, body) =>
      body.kind === 'carry' ? { kind: 'carried', body: { token: undefined, verdict: 'kept' } } : undefined;
    const envelope = friendly();
    const states: string[] = [];
    const onState = ({ state }: { state: string }) => states.push(state);
    node.deposit(envelope, { expiresAt: world.node(0).wall() + 3_600_000, onState });
    await world.runFor(100);
    const news = { token: undefined, envelopeId: envelope.id, outcome: 'stored', holders: 2, lifeS: 600 } as const;
    for (const copy of [1, 2]) await network.ask(someone, { kind: 'settle', body: { ...news, copy } });
    expect(states).toEqual([]);
    expect(drops.get('settle-unasked')).toBe(2);
    for (const copy of [1, 2]) await network.ask(hop, { kind: 'settle', body: { ...news, copy } });
    expect(states.at(-1)).toBe('stored');
  });
});
