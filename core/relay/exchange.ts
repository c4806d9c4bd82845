import type { RelayReply, RelayRequest } from '../codec/dht.ts';
import { MAX_ENVELOPE_BYTES } from '../codec/envelope.ts';
import { PART_BYTES, type Verdict, WHOLE_ENVELOPE_BYTES } from '../codec/relay.ts';
import { type KnownContact, nameOf, sourceOf } from '../dht/contact.ts';
import type { RelayNetwork } from '../dht/relay-network.ts';
import type { Clock } from '../ports/clock.ts';
import { type Envelope, readEnvelope } from './envelope.ts';

/** Parts of one envelope on their way at once. */
const PART_WINDOW = 8;
/** Requests for one part, each of which the RPC repeats. */
const PART_ATTEMPTS = 3;
/**
 * Envelopes that come in parts at once: from one node, and in all. They are held in memory. When all places are taken, one
 * source gives way that has more than who asks.
 */
const ASSEMBLIES_PER_NODE = 16;
const ASSEMBLIES = 128;
const ASSEMBLY_MS = 30_000;

/** How an envelope is handed over (`codec/relay.ts`). */
export interface HandOver {
  readonly copy: number;
  readonly hopsLeft: number;
  readonly lifeS: number;
}

/** Asks once more when the other node wanted a proof of our address first: the reply brought the token for it. */
export async function ask(
  network: RelayNetwork,
  to: KnownContact,
  body: RelayRequest,
): Promise<RelayReply | undefined> {
  const reply = await network.request(to, body);
  const unproven = reply !== undefined && 'verdict' in reply.body && reply.body.verdict === 'unproven';
  return unproven ? network.request(to, body) : reply;
}

/**
 * Hands envelopes over, whole or in parts. Of one envelope one transfer to a node goes on at a time: both copies of our own
 * often begin with the same hop, which could not tell their parts apart, and has no need of the second.
 */
export class Transfers {
  readonly #network: RelayNetwork;
  readonly #running = new Map<string, Promise<Verdict | undefined>>();

  constructor(network: RelayNetwork) {
    this.#network = network;
  }

  /** Undefined when the other node stopped answering. */
  async hand(to: KnownContact, envelope: Envelope, how: HandOver): Promise<Verdict | undefined> {
    const { bytes, name } = envelope;
    if (bytes.length <= WHOLE_ENVELOPE_BYTES) {
      const body = { token: undefined, ...how, envelope: bytes };
      return verdictOf(await ask(this.#network, to, { kind: 'carry', body }));
    }
    const key = `${to.name}${name}`;
    const before = this.#running.get(key);
    const transfer = this.#handInParts(to, envelope, how, before);
    this.#running.set(key, transfer);
    try {
      return await transfer;
    } finally {
      if (this.#running.get(key) === transfer) this.#running.delete(key);
    }
  }

  async #handInParts(
    to: KnownContact,
    envelope: Envelope,
    how: HandOver,
    before: Promise<Verdict | undefined> | undefined,
  ): Promise<Verdict | undefined> {
    if (before !== undefined && (await before) === undefined) return undefined;
    const { bytes, id, destination } = envelope;
    const offer = { token: undefined, ...how, envelopeId: id, destination, bytes: bytes.length };
    const verdict = verdictOf(await ask(this.#network, to, { kind: 'offer', body: offer }));
    return verdict === 'wanted' ? sendParts(this.#network, to, envelope) : verdict;
  }
}

async function sendParts(network: RelayNetwork, to: KnownContact, envelope: Envelope): Promise<Verdict | undefined> {
  const count = Math.ceil(envelope.bytes.length / PART_BYTES);
  let next = 0;
  let result: Verdict | undefined = 'wanted';
  const sendSome = async () => {
    while (next < count && result === 'wanted') {
      const index = next++;
      const bytes = envelope.bytes.subarray(index * PART_BYTES, (index + 1) * PART_BYTES);
      const verdict = await sendPart(network, to, { envelopeId: envelope.id, index, bytes });
      if (verdict !== 'wanted') result = verdict;
    }
  };
  await Promise.all(Array.from({ length: Math.min(PART_WINDOW, count) }, sendSome));
  // All parts arrived and none completed it: the other side has forgotten what it had.
  return result === 'wanted' ? undefined : result;
}

/** Silence may be a busy moment of the other side: after so many parts it is worth asking again. */
async function sendPart(
  network: RelayNetwork,
  to: KnownContact,
  part: { readonly envelopeId: Uint8Array; readonly index: number; readonly bytes: Uint8Array },
): Promise<Verdict | undefined> {
  for (let attempt = 1; ; attempt++) {
    const verdict = verdictOf(await ask(network, to, { kind: 'part', body: { token: undefined, ...part } }));
    if (verdict !== undefined || attempt === PART_ATTEMPTS) return verdict;
  }
}

export function verdictOf(reply: RelayReply | undefined): Verdict | undefined {
  return reply !== undefined && 'verdict' in reply.body ? reply.body.verdict : undefined;
}

interface Assembly extends HandOver {
  readonly bytes: Uint8Array;
  readonly arrived: Uint8Array;
  readonly from: string;
  readonly source: string;
  readonly until: number;
  missing: number;
}

/** Puts envelopes together that come in parts. Bounded; what is not complete in time is forgotten. */
export class Assemblies {
  readonly #clock: Clock;
  readonly #assemblies = new Map<string, Assembly>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** False when there is no room or the length makes no sense. A second offer begins anew. */
  begin(from: KnownContact, id: Uint8Array, length: number, how: HandOver): boolean {
    if (length <= WHOLE_ENVELOPE_BYTES || length > MAX_ENVELOPE_BYTES) return false;
    this.#expire();
    const name = keyOf(from, id);
    this.#assemblies.delete(name);
    let ofNode = 0;
    for (const assembly of this.#assemblies.values()) if (assembly.from === from.name) ofNode++;
    const source = sourceOf(from);
    if (ofNode >= ASSEMBLIES_PER_NODE) return false;
    if (this.#assemblies.size >= ASSEMBLIES && !this.#makeRoom(source)) return false;
    const count = Math.ceil(length / PART_BYTES);
    const { copy, hopsLeft, lifeS } = how;
    this.#assemblies.set(name, {
      ...{ copy, hopsLeft, lifeS, from: from.name, source, missing: count },
      bytes: new Uint8Array(length),
      arrived: new Uint8Array(count),
      until: this.#clock.now() + ASSEMBLY_MS,
    });
    return true;
  }

  /** `wanted`: more parts are. `malformed`: nobody offered it, or it is not what it was said to be. */
  take(
    from: KnownContact,
    id: Uint8Array,
    index: number,
    part: Uint8Array,
  ): 'wanted' | 'malformed' | { readonly envelope: Envelope; readonly how: HandOver } {
    const name = keyOf(from, id);
    const assembly = this.#assemblies.get(name);
    const offset = index * PART_BYTES;
    if (assembly === undefined || part.length !== Math.min(PART_BYTES, assembly.bytes.length - offset))
      return 'malformed';
    if (assembly.arrived[index] === 1) return 'wanted';
    assembly.arrived[index] = 1;
    assembly.bytes.set(part, offset);
    if (--assembly.missing > 0) return 'wanted';
    this.#assemblies.delete(name);
    const envelope = readEnvelope(assembly.bytes);
    if (envelope === undefined || envelope.name !== nameOf(id)) return 'malformed';
    return { envelope, how: assembly };
  }

  /** The oldest of the source that has most goes, unless it would have no more than this one. */
  #makeRoom(source: string): boolean {
    const counts = new Map<string, number>();
    for (const one of this.#assemblies.values()) counts.set(one.source, (counts.get(one.source) ?? 0) + 1);
    const [greatest, most] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a));
    if (most <= (counts.get(source) ?? 0) + 1) return false;
    for (const [name, one] of this.#assemblies) {
      if (one.source !== greatest) continue;
      this.#assemblies.delete(name);
      return true;
    }
    return false;
  }

  #expire(): void {
    const now = this.#clock.now();
    for (const [name, { until }] of this.#assemblies) if (until <= now) this.#assemblies.delete(name);
  }
}

function keyOf(from: KnownContact, id: Uint8Array): string {
  return `${from.name}${nameOf(id)}`;
}
