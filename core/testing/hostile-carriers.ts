import { dhtMessage, type RelayRequest } from '../codec/dht.ts';
import { decode, encode } from '../codec/layout.ts';
import type { KnownContact } from '../dht/contact.ts';
import type { Dht } from '../dht/dht.ts';
import type { RelayIncoming } from '../dht/relay-network.ts';
import type { NodeId } from '../ids/bytes.ts';
import { compareDistance } from '../ids/xor.ts';
import { readEnvelope } from '../relay/envelope.ts';
import type { Carrier } from './relay-world.ts';
import type { SeededRandom } from './seeded-random.ts';

/**
 * `drop`: says that it keeps what it gets, and that two nodes hold it; throws it away, and tells no destination.
 * `swallow`: says that it keeps what it gets, and nothing more.
 * `corrupt`: drops, and hands on what it gets with a bit changed.
 * `replay`: carries honestly, and sends everything that it ever got to others again, again and again.
 * `lie`: drops, and names only its fellows to whoever looks for the closest nodes.
 */
export const HOSTILITIES = ['drop', 'swallow', 'corrupt', 'replay', 'lie'] as const;
export type Hostility = (typeof HOSTILITIES)[number];

const REPLAY_EVERY_MS = 2_000;
const REMEMBERED = 200;

/** Carriers that work against custody, and know each other. */
export class HostileCarriers {
  readonly #random: SeededRandom;
  readonly #fellows = new Map<string, Carrier>();

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** For `RelayWorld.carrier({ corrupt })`. */
  making(hostility: Hostility, clock: { every(periodMs: number, task: () => void): unknown }): (dht: Dht) => void {
    switch (hostility) {
      case 'drop':
        return (dht) => this.#pretend(dht, () => {});
      case 'swallow':
        return (dht) => this.#pretend(dht, () => {}, false);
      case 'corrupt':
        return (dht) => this.#pretend(dht, (request) => this.#handOnCorrupted(dht, request));
      case 'replay':
        return (dht) => this.#replay(dht, clock);
      case 'lie':
        return (dht) => {
          this.#pretend(dht, () => {});
          this.#nameOnlyFellows(dht);
        };
    }
  }

  /** Liars name it from now on. */
  join(carrier: Carrier): void {
    this.#fellows.set(carrier.dht.nodeId.join(), carrier);
  }

  isHostile(carrier: Carrier): boolean {
    return [...this.#fellows.values()].includes(carrier);
  }

  /** Answers everything as the best of carriers would, and does nothing of it. */
  #pretend(dht: Dht, then: (request: RelayIncoming) => void, claims = true): void {
    dht.serve = () => {};
    const serve = Object.getPrototypeOf(dht).serve as Dht['serve'];
    serve.call(dht, (request) => {
      pretendReply(request);
      if (request.body.kind === 'carry' && request.proven) {
        if (claims) this.#claimStored(dht, request.from, request.body.body);
        then(request);
      }
    });
  }

  #claimStored(dht: Dht, to: KnownContact, carry: Extract<RelayRequest, { kind: 'carry' }>['body']): void {
    const envelope = readEnvelope(carry.envelope.slice());
    if (envelope === undefined) return;
    const news = { outcome: 'stored', holders: 2, lifeS: carry.lifeS } as const;
    const body = { token: undefined, envelopeId: envelope.id, copy: carry.copy, ...news };
    void dht.request(to, { kind: 'settle', body });
  }

  #handOnCorrupted(dht: Dht, { body }: RelayIncoming): void {
    if (body.kind !== 'carry') return;
    const envelope = body.body.envelope.slice();
    envelope[envelope.length - 1]! ^= 1;
    const to = this.#random.pick([...dht.table.entries()]).contact;
    void dht.request(to, { kind: 'carry', body: { ...body.body, token: undefined, envelope } });
  }

  #replay(dht: Dht, clock: { every(periodMs: number, task: () => void): unknown }): void {
    const heard: RelayRequest[] = [];
    const serve = Object.getPrototypeOf(dht).serve as Dht['serve'];
    dht.serve = (handler) =>
      serve.call(dht, (request) => {
        if (heard.length < REMEMBERED) heard.push(copyOf(request.body));
        handler(request);
      });
    clock.every(REPLAY_EVERY_MS, () => {
      const entries = [...dht.table.entries()];
      if (heard.length === 0 || entries.length === 0) return;
      void dht.request(this.#random.pick(entries).contact, this.#random.pick(heard));
    });
  }

  #nameOnlyFellows(dht: Dht): void {
    const { table } = dht;
    const honest = table.closest.bind(table);
    table.closest = (target: NodeId, count: number) => {
      const known = [...table.entries()].map(({ contact }) => contact);
      const fellows = known.filter(({ id }) => this.#fellows.has(id.join()));
      if (fellows.length === 0) return honest(target, count);
      return fellows.sort((a, b) => compareDistance(target, a.id, b.id)).slice(0, count);
    };
  }
}

/** The packet's memory is not ours to keep. */
function copyOf(body: RelayRequest): RelayRequest {
  const decoded = decode(dhtMessage, encode(dhtMessage, { transaction: 0, leaf: false, body }));
  return decoded.ok ? (decoded.value.body as RelayRequest) : body;
}

function pretendReply(request: RelayIncoming): void {
  const { body, proven } = request;
  const token = undefined;
  const verdict = proven ? 'kept' : 'unproven';
  switch (body.kind) {
    case 'carry':
      return request.reply({ kind: 'carried', body: { token, verdict } });
    case 'offer':
      return request.reply({ kind: 'offered', body: { token, verdict } });
    case 'part':
      return request.reply({ kind: 'parted', body: { token, verdict } });
    case 'settle':
      return request.reply({ kind: 'settled', body: { token } });
    case 'free':
      return request.reply({ kind: 'freed', body: { token } });
    case 'collect':
      return request.reply({
        kind: 'collecting',
        body: { token, accepted: proven ? 1 : 0, pass: body.body.pass, waiting: 0 },
      });
    case 'compare':
      return request.reply({ kind: 'compared', body: { token, comparison: 'same', proof: undefined } });
    case 'inventory':
      return request.reply({ kind: 'missing', body: { token, verdict: proven ? 'held' : 'unproven', ids: [] } });
    case 'notify':
      return request.reply({ kind: 'notified', body: { token } });
  }
}
