import { describe, expect, it } from 'vitest';
import type { DhtReply } from '../codec/dht.ts';
import { type NodeId, nodeKey } from '../ids/bytes.ts';
import { compareDistance } from '../ids/xor.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { ContactBook, type KnownContact, nodeIdOf } from './contact.ts';
import { ALPHA, CLOSEST, Lookup, type LookupOptions, type LookupResult } from './lookup.ts';
import { RoutingTable } from './routing-table.ts';

const DEAD_AFTER_MS = 1_000;

/** A network of tables without packets: each node answers from its own table after a delay. */
class PaperNetwork {
  readonly clock = new VirtualClock();
  readonly random = new SeededRandom('paper network');
  readonly book = new ContactBook(10_000);
  readonly tables = new Map<string, RoutingTable>();
  readonly contacts: KnownContact[] = [];
  readonly dead = new Set<string>();
  mostInFlight = 0;
  asked: string[] = [];
  /** When the last lookup was done. */
  answeredAt = 0;
  #inFlight = 0;

  constructor(count: number) {
    for (let i = 0; i < count; i++) this.contacts.push(this.stranger());
    for (const owner of this.contacts) {
      const table = new RoutingTable(owner.id);
      for (const other of this.contacts) if (other !== owner) table.heard(other, 0, 1);
      this.tables.set(owner.name, table);
    }
  }

  stranger(): KnownContact {
    return this.book.of(nodeKey(this.random.bytes(32)), { host: '127.0.0.1', port: 1 + this.contacts.length });
  }

  trulyClosest(target: NodeId, alive = (_: KnownContact) => true): KnownContact[] {
    const sorted = this.contacts.filter(alive).sort((a, b) => compareDistance(target, a.id, b.id));
    return sorted.slice(0, CLOSEST);
  }

  async lookup(
    target: NodeId,
    from = this.contacts[0]!,
    options: Pick<LookupOptions, 'until' | 'hurry' | 'late'> = {},
  ): Promise<LookupResult> {
    const result = new Promise<LookupResult>((done) => {
      const seeds = this.tables.get(from.name)!.closest(target, 2 * CLOSEST);
      const ask = this.#ask.bind(this, target);
      const { book, clock } = this;
      const noted = (outcome: LookupResult) => {
        this.answeredAt = this.clock.now() - startedAt;
        done(outcome);
      };
      const startedAt = this.clock.now();
      new Lookup({
        target,
        seeds,
        self: from.id,
        book,
        clock,
        ask,
        ...options,
        done: noted,
        skip: () => false,
      }).start();
    });
    await this.clock.runFor(60_000);
    return result;
  }

  /** How long the node takes to answer. */
  answerMs: (to: KnownContact) => number = () => 1 + 10 * this.random.uniform();

  /** Nodes whose first packet is lost: they answer only when asked again. */
  readonly lossy = new Set<string>();
  repeated = 0;

  #ask(target: NodeId, to: KnownContact, done: (reply?: DhtReply) => void): () => void {
    this.asked.push(to.name);
    if (!this.lossy.has(to.name)) {
      this.#deliver(target, to, done);
      return () => this.repeated++;
    }
    return () => {
      this.repeated++;
      this.#deliver(target, to, done);
    };
  }

  #deliver(target: NodeId, to: KnownContact, done: (reply?: DhtReply) => void): void {
    this.mostInFlight = Math.max(this.mostInFlight, ++this.#inFlight);
    if (this.dead.has(to.name)) {
      this.clock.after(DEAD_AFTER_MS, () => {
        this.#inFlight--;
        done(undefined);
      });
      return;
    }
    this.clock.after(this.answerMs(to), () => {
      this.#inFlight--;
      const contacts = this.tables
        .get(to.name)!
        .closest(target, CLOSEST)
        .map((contact) => contact.packed);
      done({ kind: 'nodes', body: { token: undefined, observed: to.endpoint, contacts } });
    });
  }
}

describe('Lookup', () => {
  it('finds the true closest nodes among a thousand', async () => {
    const network = new PaperNetwork(1_000);
    for (let i = 0; i < 50; i++) {
      const target = nodeIdOf(nodeKey(network.random.bytes(32)));
      const from = network.contacts[i]!;
      const { closest } = await network.lookup(target, from);
      expect(closest).toEqual(network.trulyClosest(target, (contact) => contact !== from));
    }
  });

  it('has at most ALPHA requests under way and asks nobody twice', async () => {
    const network = new PaperNetwork(300);
    await network.lookup(nodeIdOf(nodeKey(network.random.bytes(32))));
    expect(network.mostInFlight).toBe(ALPHA);
    expect(new Set(network.asked).size).toBe(network.asked.length);
  });

  it('finds the closest live nodes when a third of all is dead', async () => {
    const network = new PaperNetwork(300);
    for (const contact of network.contacts.slice(200)) network.dead.add(contact.name);
    for (let i = 0; i < 20; i++) {
      const target = nodeIdOf(nodeKey(network.random.bytes(32)));
      const from = network.contacts[i]!;
      const { closest } = await network.lookup(target, from);
      const alive = (contact: KnownContact) => contact !== from && !network.dead.has(contact.name);
      expect(closest[0]).toEqual(network.trulyClosest(target, alive)[0]);
      expect(closest.every(alive)).toBe(true);
    }
  });

  it('ends as soon as the node looked for has answered', async () => {
    const network = new PaperNetwork(500);
    const wanted = network.contacts[400]!;
    const all = await network.lookup(wanted.id);
    const early = await network.lookup(wanted.id, network.contacts[0], {
      until: (contact) => contact === wanted,
    });
    expect(early.closest[0]).toBe(wanted);
    expect(early.requests).toBeLessThan(all.requests);
  });

  it('in a hurry does not wait for late nodes, and still finds the closest of those that answer', async () => {
    const network = new PaperNetwork(300);
    for (const contact of network.contacts.slice(200)) network.dead.add(contact.name);
    const target = nodeIdOf(nodeKey(network.random.bytes(32)));
    const { closest } = await network.lookup(target, network.contacts[0], { hurry: true });
    expect(closest[0]).toEqual(
      network.trulyClosest(target, (contact) => contact !== network.contacts[0] && !network.dead.has(contact.name))[0],
    );
    expect(network.answeredAt).toBeLessThan(DEAD_AFTER_MS);
  });

  it('in a hurry waits for a dead node no longer than the pace of the others tells', async () => {
    const network = new PaperNetwork(300);
    const target = nodeIdOf(nodeKey(network.random.bytes(32)));
    const [closest] = network.trulyClosest(target);
    network.dead.add(closest!.name);
    await network.lookup(target, network.contacts[0], { hurry: true });
    expect(network.asked).toContain(closest!.name);
    // Answers take at most 11 ms, so three times that passes before the dead one is given up.
    expect(network.answeredAt).toBeLessThan(90);
  });

  it('in a hurry does not take the pace of one node next door for that of all', async () => {
    const network = new PaperNetwork(60);
    network.answerMs = (to) => (to === network.contacts[1] ? 2 : 110);
    const target = network.contacts[1]!.id;
    const { closest } = await network.lookup(target, network.contacts[0], { hurry: true });
    expect(closest).toEqual(network.trulyClosest(target, (contact) => contact !== network.contacts[0]));
  });

  it('in a hurry asks a late node once more before it passes it over: a packet may have been lost', async () => {
    const network = new PaperNetwork(300);
    const target = nodeIdOf(nodeKey(network.random.bytes(32)));
    const others = network.trulyClosest(target, (contact) => contact !== network.contacts[0]);
    network.lossy.add(others[0]!.name);
    network.dead.add(others[1]!.name);
    const { closest } = await network.lookup(target, network.contacts[0], { hurry: true });
    expect(closest[0]).toBe(others[0]);
    expect(closest).not.toContain(others[1]);
    expect(network.repeated).toBe(2);
    expect(network.answeredAt).toBeLessThan(DEAD_AFTER_MS);
  });

  it('in a hurry tells of a node that it passed over when that answers after all', async () => {
    const network = new PaperNetwork(300);
    const target = nodeIdOf(nodeKey(network.random.bytes(32)));
    const [closest] = network.trulyClosest(target);
    network.answerMs = (to) => (to === closest ? 100 : 5);
    const late: KnownContact[] = [];
    const noted = (contact: KnownContact) => late.push(contact);
    const result = await network.lookup(target, network.contacts[0], { hurry: true, late: noted });
    expect(network.answeredAt).toBeLessThan(100);
    expect(result.closest).not.toContain(closest);
    expect(late).toEqual([closest]);
  });

  it('considers at most three nodes of one IP group, the closest ones', async () => {
    const network = new PaperNetwork(0);
    const target = nodeIdOf(nodeKey(network.random.bytes(32)));
    const owner = Array.from({ length: 30 }, (_, i) =>
      network.book.of(nodeKey(network.random.bytes(32)), { host: `99.0.0.${i}`, port: 1 }),
    );
    const other = network.book.of(nodeKey(network.random.bytes(32)), { host: '98.0.0.1', port: 1 });
    const asked: KnownContact[] = [];
    await new Promise<LookupResult>((done) => {
      const { book, clock } = network;
      new Lookup({
        ...{ target, book, clock, done, self: other.id.map((byte) => byte ^ 0xff) as NodeId, skip: () => false },
        seeds: [...owner, other],
        ask: (to, answered) => {
          asked.push(to);
          const body = { token: undefined, observed: to.endpoint, contacts: [] };
          queueMicrotask(() => answered({ kind: 'nodes', body }));
        },
      }).start();
    });
    const nearest = [...owner].sort((a, b) => compareDistance(target, a.id, b.id)).slice(0, 3);
    expect(new Set(asked)).toEqual(new Set([...nearest, other]));
  });

  it('ends with nothing when nobody is known', async () => {
    const network = new PaperNetwork(1);
    const result = await network.lookup(nodeIdOf(nodeKey(network.random.bytes(32))));
    expect(result).toEqual({ closest: [], requests: 0, hops: 0 });
  });
});
