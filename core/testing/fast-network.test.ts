import { describe, expect, it } from 'vitest';
import type { RelayRequest } from '../codec/dht.ts';
import { nodeId } from '../ids/bytes.ts';
import { compareDistance } from '../ids/xor.ts';
import { copyPosition } from '../relay/positions.ts';
import { FastNetwork } from './fast-network.ts';
import type { FastNode } from './fast-node.ts';
import { FastWatch } from './fast-watch.ts';
import { LiveIds } from './live-ids.ts';
import { distribution, draw, measuredOverlay, type OverlayModel } from './overlay-model.ts';
import { SeededRandom } from './seeded-random.ts';
import { VirtualClock } from './virtual-clock.ts';

const EXACT: OverlayModel = {
  ...measuredOverlay,
  missed: 0,
  deadHops: 0,
  lookupMs: [200],
  joinMs: [50],
  knownMs: [300],
};
const NOTIFY: RelayRequest = {
  kind: 'notify',
  body: { token: undefined, destination: nodeId(new Uint8Array(32)), hopsLeft: 0 },
};

function network(count: number, options: { model?: OverlayModel; loss?: number } = {}) {
  const clock = new VirtualClock();
  const random = new SeededRandom('fast');
  const world = new FastNetwork({ clock, random, model: EXACT, loss: 0, ...options });
  const nodes = Array.from({ length: count }, () => world.join(world.place(), { atOnce: true }));
  const target = () => nodeId(random.bytes(32));
  const answering = (node: FastNode) =>
    node.serve((request) => request.reply({ kind: 'notified', body: { token: undefined } }));
  return { clock, random, world, nodes, target, answering };
}

describe('the set of live nodes', () => {
  it('finds the closest, whoever came and went', () => {
    const { random, nodes, target } = network(200);
    const contacts = nodes.map(({ place }) => place.contact);
    const ids = new LiveIds();
    for (const contact of random.shuffle(contacts)) ids.add(contact);
    for (const contact of contacts.slice(0, 50)) ids.remove(contact);
    ids.remove(contacts[0]!);
    const rest = contacts.slice(50);
    for (let i = 0; i < 100; i++) {
      const to = target();
      const truth = [...rest].sort((a, b) => compareDistance(to, a.id, b.id)).slice(0, 8);
      expect(ids.closest(to, 8)).toEqual(truth);
    }
    expect(ids.closest(target(), 1_000)).toHaveLength(150);
  });
});

describe('the modelled network', () => {
  it('tells the truly closest nodes after the time of a lookup, without the asker', async () => {
    const { clock, nodes, target } = network(100);
    await clock.runFor(1);
    const to = target();
    const asker = [...nodes].sort((a, b) => compareDistance(to, a.nodeId, b.nodeId))[0]!;
    const found = await clock.runUntilSettled(asker.closest(to), 1_000);
    expect(clock.now()).toBe(201);
    const others = nodes.filter((node) => node !== asker).map(({ place }) => place.contact);
    expect(found).toEqual(others.sort((a, b) => compareDistance(to, a.id, b.id)).slice(0, 8));
  });

  it('leads by greedy hops to the root, in about as many as a real one', async () => {
    const { clock, world, nodes, target, random } = network(1_000);
    await clock.runFor(1);
    let hops = 0;
    for (let i = 0; i < 200; i++) {
      const to = target();
      let at = random.pick(nodes);
      for (let next = at.nextHops(to); next.length > 0; next = at.nextHops(to)) {
        expect(compareDistance(to, next[0]!.id, at.nodeId)).toBeLessThan(0);
        at = world.nodeAt(next[0]!.name)!;
        hops++;
      }
      const [root] = [...nodes].sort((a, b) => compareDistance(to, a.nodeId, b.nodeId));
      expect(at).toBe(root);
    }
    expect(hops / 200).toBeGreaterThan(1.5);
    expect(hops / 200).toBeLessThan(4);
  });

  it('carries requests and replies, and repeats what is lost', async () => {
    const { clock, nodes, answering } = network(60, { loss: 0.3 });
    await clock.runFor(1);
    for (const node of nodes) answering(node);
    const asked = nodes.slice(1).map(({ place }) => nodes[0]!.request(place.contact, NOTIFY));
    const replies = await clock.runUntilSettled(Promise.all(asked), 10_000);
    const answered = replies.filter((reply) => reply?.kind === 'notified').length;
    // An attempt succeeds in 49 % of all cases, three in 87 %.
    expect(answered).toBeGreaterThan(42);
    expect(answered).toBeLessThan(59);
  });

  it('gives no answer of the dead, after the time-outs of the RPC, and none to the dead', async () => {
    const { clock, nodes, answering } = network(2_000);
    const [a, b] = nodes as [FastNode, FastNode];
    answering(b);
    await clock.runFor(1);
    const before = clock.now();
    b.crash();
    expect(await clock.runUntilSettled(a.request(b.place.contact, NOTIFY), 10_000)).toBeUndefined();
    expect(clock.now() - before).toBe(2_000);
    let told = false;
    void a.request(nodes[2]!.place.contact, NOTIFY).then(() => {
      told = true;
    });
    a.crash();
    await clock.runFor(10_000);
    expect(told).toBe(false);
  });

  it('tells the neighbours of a node that came, and it of them, when it is known', async () => {
    const { clock, world, nodes } = network(100);
    await clock.runFor(1);
    const heard: FastNode[] = [];
    for (const node of nodes) node.onNewNode(() => heard.push(node));
    const joiner = world.join(world.place());
    const met: string[] = [];
    joiner.onNewNode(({ name }) => met.push(name));
    await clock.runFor(51);
    expect([joiner.connected, world.size]).toEqual([true, 100]);
    await clock.runFor(300);
    expect(world.size).toBe(101);
    expect(heard).toHaveLength(8);
    expect(met).toEqual(heard.map(({ place }) => place.contact.name));
  });

  it('registers leaves at the roots of their position until they are gone', async () => {
    const { clock, world, nodes, random } = network(50);
    await clock.runFor(1);
    const leaf = world.join(world.place(), { leaf: true });
    const position = copyPosition(nodeId(random.bytes(32)), 0);
    await clock.runFor(60);
    const heard: FastNode[] = [];
    for (const node of nodes) node.onLeaf(() => heard.push(node));
    void leaf.register(position);
    await clock.runFor(1_000);
    expect(world.size).toBe(50);
    expect(heard).toHaveLength(3);
    expect(heard[0]!.leavesAt(position)).toEqual([leaf.place.contact]);
    leaf.crash();
    await clock.runFor(601_000);
    expect(heard[0]!.leavesAt(position)).toEqual([]);
  });

  it('counts packets and bytes', async () => {
    const { clock, world, nodes, answering } = network(2);
    answering(nodes[1]!);
    await clock.runFor(1);
    await clock.runUntilSettled(nodes[0]!.request(nodes[1]!.place.contact, NOTIFY), 1_000);
    expect([...world.traffic.packets()]).toEqual([
      ['notify', 1],
      ['notified', 1],
    ]);
    // Headers 28, DHT 73, transaction 4, leaf 1, kind 1, no token 1, destination 32, hops 1.
    expect(world.traffic.bytes().get('notify')).toBe(141);
    expect(world.traffic.handled()[1]).toBe(1);
  });
});

describe('the modelled watch', () => {
  const settings = { watchMs: 5_000, watchPerPartnerMs: 500 };

  it('finds a partner silent as late as real probes would, and one that lives never', async () => {
    const { clock, random, world, nodes, answering } = network(40);
    await clock.runFor(1);
    for (const node of nodes) answering(node);
    const [watcher, ...partners] = nodes as [FastNode, ...FastNode[]];
    const silent: string[] = [];
    const watch = new FastWatch({ world, node: watcher, random, ...settings, silent: ({ name }) => silent.push(name) });
    const probe = (node: FastNode) => async () =>
      (await watcher.request(node.place.contact, NOTIFY)) === undefined ? ('silent' as const) : ('alive' as const);
    for (const node of partners) watch.watch(node.place.contact, 'group', probe(node));
    await clock.runFor(300_000);
    expect(silent).toEqual([]);
    const diedAt = clock.now();
    for (const node of partners.slice(0, 20)) node.crash();
    await clock.runUntilTrue(() => silent.length === 20, 60_000);
    // 39 partners: a period of 19.5 s, and 1 to 2 s until the last attempt is given up.
    expect(clock.now() - diedAt).toBeGreaterThan(10_000);
    expect(clock.now() - diedAt).toBeLessThan(27_000);
    expect(new Set(silent)).toEqual(new Set(partners.slice(0, 20).map(({ place }) => place.contact.name)));
  });

  it('asks a partner that was away for a moment, and keeps it', async () => {
    const { clock, random, world, nodes, answering } = network(3);
    await clock.runFor(1);
    const [watcher, partner] = nodes as [FastNode, FastNode];
    const silent: string[] = [];
    const watch = new FastWatch({ world, node: watcher, random, ...settings, silent: ({ name }) => silent.push(name) });
    let probes = 0;
    watch.watch(partner.place.contact, 'group', async () => {
      probes++;
      return 'alive';
    });
    partner.crash();
    answering(world.join(partner.place, { atOnce: true }));
    await clock.runFor(30_000);
    expect(silent).toEqual([]);
    // Again and again for a while: it may let go of what it has.
    expect(probes).toBeGreaterThan(3);
    await clock.runFor(120_000);
    const whileUnsure = probes;
    await clock.runFor(300_000);
    expect(probes).toBe(whileUnsure);
    watch.unwatch(partner.place.contact, 'group');
    world.nodeAt(partner.place.contact.name)!.crash();
    await clock.runFor(30_000);
    expect(silent).toEqual([]);
  });

  it('finds a partner silent that crashes after its answer went out', async () => {
    const { clock, random, world, nodes } = network(2);
    await clock.runFor(1);
    const [watcher, partner] = nodes as [FastNode, FastNode];
    const silent: string[] = [];
    const watch = new FastWatch({ world, node: watcher, random, ...settings, silent: ({ name }) => silent.push(name) });
    watch.watch(partner.place.contact, 'group', async () => {
      partner.crash();
      return 'alive';
    });
    await clock.runUntilTrue(() => !partner.up, 15 * 60_000);
    await clock.runFor(20_000);
    expect(silent).toEqual([partner.place.contact.name]);
  });
});

describe('a distribution', () => {
  it('is drawn from as it was measured', () => {
    const random = new SeededRandom(1);
    const measured = Array.from({ length: 1_000 }, (_, i) => i);
    const steps = distribution(measured, 10);
    expect(steps).toEqual([0, 100, 200, 300, 400, 500, 599, 699, 799, 899, 999]);
    const draws = Array.from({ length: 2_000 }, () => draw(steps, random)).sort((a, b) => a - b);
    expect(draws[1_000]).toBeGreaterThan(450);
    expect(draws[1_000]).toBeLessThan(550);
    expect(draws.at(-1)).toBeLessThanOrEqual(999);
  });
});
