import type { RelayReply, RelayRequest } from '../codec/dht.ts';
import { ContactBook, type KnownContact } from '../dht/contact.ts';
import type { RelayIncoming } from '../dht/relay-network.ts';
import { K } from '../dht/routing-table.ts';
import { ATTEMPTS } from '../dht/rpc.ts';
import { type NodeId, nodeKey } from '../ids/bytes.ts';
import { commonPrefixLength, compareDistance, isCloser } from '../ids/xor.ts';
import { FastNode } from './fast-node.ts';
import { FastTraffic } from './fast-traffic.ts';
import { LiveIds } from './live-ids.ts';
import { draw, type OverlayModel } from './overlay-model.ts';
import { mix32, type SeededRandom } from './seeded-random.ts';
import { DEFAULT_CONDITIONS, delayMs } from './sim-path.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Nodes next to a joining one that learn of it, and that it learns of. */
const NEIGHBOURS = 8;
/** What a lookup finds at most. */
const CLOSEST = 8;
/** Next hops that a table offers (`core/dht/router.ts`). */
const DETOURS = 4;
/** Nodes of its own side of a bucket that a node considers as detours. */
const DETOUR_CANDIDATES = 8;
/** Dead nodes that may still stand in tables. */
const REMEMBERED_DEAD = 64;
/** Time-outs of the RPC (`core/dht/rpc.ts`) to a node that is not in the table, and to one that is. */
const FIRST_TIMEOUT_MS = 500;
const MAX_TIMEOUT_MS = 2_000;

/** A computer's place in the network: the same for all its sessions. */
export interface FastPlace {
  readonly number: number;
  readonly contact: KnownContact;
}

export interface FastNetworkOptions {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly model: OverlayModel;
  /** Chance that a packet is lost. */
  readonly loss: number;
}

/** A request under way. */
interface Call {
  readonly from: FastNode;
  readonly to: KnownContact;
  readonly body: RelayRequest;
  readonly firstMs: number;
  readonly done: (reply: RelayReply | undefined) => void;
  attempt: number;
  over: boolean;
}

/**
 * A modelled network for what custody needs of the DHT: a thousand nodes over days of virtual time. It knows who is up
 * and answers as a real overlay would, late and with small errors, by figures measured at packet level
 * (`measure-overlay.ts`). Requests have latency, losses and the RPC's repetitions; bodies travel as they are.
 */
export class FastNetwork {
  readonly traffic: FastTraffic;
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly model: OverlayModel;
  /** Who watches whom: two names in a row. */
  readonly watching = new Set<string>();
  readonly #loss: number;
  readonly #ids = new LiveIds();
  readonly #up = new Map<string, FastNode>();
  readonly #numbers = new Map<string, number>();
  readonly #dead: KnownContact[] = [];
  readonly #book = new ContactBook(1_000_000);
  readonly #onGone = new Map<string, Set<() => void>>();
  readonly #onBack = new Map<string, Set<() => void>>();

  constructor({ clock, random, model, loss }: FastNetworkOptions) {
    this.clock = clock;
    this.random = random;
    this.model = model;
    this.#loss = loss;
    this.traffic = new FastTraffic(random.fork('traffic'));
  }

  /** Nodes that are up and known to others. */
  get size(): number {
    return this.#ids.size;
  }

  /** A new computer. */
  place(): FastPlace {
    const number = this.#numbers.size;
    const host = `${20 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}.1`;
    const contact = this.#book.of(nodeKey(this.random.bytes(32)), { host, port: 27_018 });
    this.#numbers.set(contact.name, number);
    return { number, contact };
  }

  /** The node of this computer comes up. A leaf does not route and is nobody's root. */
  join(place: FastPlace, options: { readonly leaf?: boolean; readonly atOnce?: boolean } = {}): FastNode {
    const node = new FastNode(this, place, options.leaf === true);
    this.#up.set(place.contact.name, node);
    const { joinMs, knownMs } = this.model;
    const join = options.atOnce === true ? 0 : draw(joinMs, this.random);
    const known = options.atOnce === true ? 0 : Math.max(join, draw(knownMs, this.random));
    this.clock.after(join, () => node.connect());
    if (!node.leaf) this.clock.after(known, () => this.#becomeKnown(node));
    tell(this.#onBack, place.contact.name);
    return node;
  }

  /** The node with this name that is up now. */
  nodeAt(name: string): FastNode | undefined {
    return this.#up.get(name);
  }

  oneWayMs(from: FastPlace, to: string): number {
    return delayMs(DEFAULT_CONDITIONS, { from: from.number, to: this.#numbers.get(to)!, local: false }, this.random);
  }

  /** Calls back when this node crashes or comes up. Returns what ends it. */
  observe(name: string, listeners: { readonly gone: () => void; readonly back: () => void }): () => void {
    const ends = [listen(this.#onGone, name, listeners.gone), listen(this.#onBack, name, listeners.back)];
    return () => {
      for (const end of ends) end();
    };
  }

  /** For nodes. */
  leave(node: FastNode): void {
    const { contact } = node.place;
    if (this.#up.get(contact.name) !== node) return;
    this.#up.delete(contact.name);
    this.#ids.remove(contact);
    if (!node.leaf) this.#dead.push(contact);
    if (this.#dead.length > REMEMBERED_DEAD) this.#dead.shift();
    tell(this.#onGone, contact.name);
  }

  /** For nodes: a lookup. */
  async closest(asker: FastNode, target: NodeId): Promise<readonly KnownContact[]> {
    await this.sleep(draw(this.model.lookupMs, this.random));
    if (!asker.connected) return NOBODY;
    this.traffic.lookedUp();
    return this.#ids
      .closest(target, CLOSEST + DETOURS)
      .filter(({ name }) => name !== asker.place.contact.name && !this.random.chance(this.model.missed))
      .slice(0, CLOSEST);
  }

  /** For nodes: what a table of k-buckets would offer. */
  nextHops(asker: FastNode, target: NodeId): readonly KnownContact[] {
    const self = asker.place.contact.id;
    const shared = commonPrefixLength(self, target);
    const [from, to] = this.#ids.range(target, shared + 1);
    const hops = this.#someOf(from, to, K, asker.place.number);
    if (hops.length < DETOURS) {
      const [ownFrom, ownTo] = this.#ids.range(self, shared + 1);
      const own = this.#someOf(ownFrom, ownTo, DETOUR_CANDIDATES, asker.place.number);
      hops.push(...own.filter(({ id }) => isCloser(target, id, self)));
    }
    hops.sort((a, b) => compareDistance(target, a.id, b.id));
    const best = hops.slice(0, DETOURS);
    if (best.length > 0 && this.#dead.length > 0 && this.random.chance(this.model.deadHops)) {
      best.unshift(this.random.pick(this.#dead));
    }
    return best;
  }

  /** For nodes. */
  request(from: FastNode, to: KnownContact, body: RelayRequest): Promise<RelayReply | undefined> {
    return new Promise((done) => {
      const firstMs = this.#knows(from.place, to) ? 3 * 2 * this.oneWayMs(from.place, to.name) + 50 : FIRST_TIMEOUT_MS;
      this.#attempt({ from, to, body, firstMs: Math.max(150, firstMs), done, attempt: 0, over: false });
    });
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.clock.after(ms, resolve));
  }

  #attempt(call: Call): void {
    const { from, to, body, attempt } = call;
    if (!from.up || call.over) return;
    if (attempt === ATTEMPTS) return this.#finish(call, undefined);
    call.attempt++;
    this.traffic.sent(from.place.number, body);
    const lost = this.random.chance(this.#loss);
    // No timer while an answer is sure to come: it would be cancelled almost always.
    if (lost || !this.#up.has(to.name)) return this.#waitInVain(call, 0);
    const delay = this.oneWayMs(from.place, to.name);
    this.clock.after(delay, () => this.#arrive(call, delay));
  }

  /** Nothing comes back from the latest attempt, which went out `sinceMs` ago. */
  #waitInVain(call: Call, sinceMs: number): void {
    const timeoutMs = Math.min(call.firstMs * 2 ** Math.max(0, call.attempt - 2), MAX_TIMEOUT_MS);
    this.clock.after(timeoutMs - sinceMs, () => this.#attempt(call));
  }

  #arrive(call: Call, delayMs: number): void {
    const { from, to, body } = call;
    const node = this.#up.get(to.name);
    if (node === undefined) return this.#waitInVain(call, delayMs);
    this.traffic.arrived(node.place.number, body);
    let replied = false;
    node.receive({
      body,
      from: from.place.contact,
      proven: true,
      reply: (reply) => {
        if (replied || !node.up) return;
        replied = true;
        this.traffic.sent(node.place.number, reply);
        if (this.random.chance(this.#loss)) return this.#waitInVain(call, delayMs);
        this.clock.after(this.oneWayMs(node.place, from.place.contact.name), () => this.#finish(call, reply));
      },
    } satisfies RelayIncoming);
    // Not yet: it writes to its disk, and may crash meanwhile.
    if (!replied) this.#waitInVain(call, delayMs);
  }

  #finish(call: Call, reply: RelayReply | undefined): void {
    if (call.over) return;
    call.over = true;
    if (call.from.up) call.done(reply);
  }

  #becomeKnown(node: FastNode): void {
    if (!node.up) return;
    const { contact } = node.place;
    const neighbours = this.#ids.closest(contact.id, NEIGHBOURS);
    this.#ids.add(contact);
    for (const neighbour of neighbours) {
      this.#up.get(neighbour.name)?.met(contact);
      node.met(neighbour);
    }
  }

  /** A node's bucket: up to `count` of those that stand there, always the same ones while nobody comes or goes. */
  #someOf(from: number, to: number, count: number, salt: number): KnownContact[] {
    const found: KnownContact[] = [];
    const size = to - from;
    const take = Math.min(size, count);
    const start = size <= count ? 0 : mix32(salt ^ mix32(from)) % size;
    // Steps without common divisor would be needed to be exact; a repeated node only makes the bucket a little smaller.
    const step = size <= count ? 1 : Math.max(1, Math.floor(size / count));
    for (let i = 0; i < take; i++) found.push(this.#ids.at(from + ((start + i * step) % size)));
    return found;
  }

  /** True for nodes in the table, whose round-trip time is known: every node of a bucket of no more than K. */
  #knows(from: FastPlace, to: KnownContact): boolean {
    const inBucket = this.#ids.size / 2 ** (commonPrefixLength(from.contact.id, to.id) + 1);
    return inBucket <= K || mix32(from.number ^ mix32(to.head)) / 2 ** 32 < K / inBucket;
  }
}

const NOBODY: readonly KnownContact[] = [];

function listen(listeners: Map<string, Set<() => void>>, name: string, listener: () => void): () => void {
  const set = listeners.get(name) ?? new Set();
  listeners.set(name, set.add(listener));
  return () => {
    set.delete(listener);
    if (set.size === 0 && listeners.get(name) === set) listeners.delete(name);
  };
}

function tell(listeners: Map<string, Set<() => void>>, name: string): void {
  const set = listeners.get(name);
  if (set === undefined) return;
  for (const listener of [...set]) listener();
}
