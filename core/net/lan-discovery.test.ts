import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lanAnnouncement } from '../codec/lan.ts';
import { decode, encode } from '../codec/layout.ts';
import { nodeKey, toHex } from '../ids/bytes.ts';
import { silentLogger } from '../ports/logger.ts';
import type { Endpoint } from '../ports/network.ts';
import { type Computer, type Story, withSeed } from '../testing/scenario.ts';
import { SimLan } from '../testing/sim-lan.ts';
import { LanDiscovery, type LanNode } from './lan-discovery.ts';
import { Transport } from './transport.ts';

async function node(computer: Computer, lan: SimLan, port = 4000) {
  const transport = new Transport({ socket: await computer.host.bind({ port }), logger: silentLogger });
  const key = nodeKey(computer.random.bytes(32));
  const found: LanNode[] = [];
  const { clock, random } = computer;
  const onFound = (other: LanNode) => found.push(other);
  const discovery = new LanDiscovery({ clock, random, transport, lan: lan.port(computer.host), key, onFound });
  const at: Endpoint = { host: computer.host.address, port };
  return { transport, key, found, discovery, at, computer };
}

const names = (nodes: readonly LanNode[]) =>
  nodes.map(({ key, endpoint }) => `${toHex(key).slice(0, 8)}@${endpoint.host}:${endpoint.port}`).sort();

/** What a stranger on the local network sends. */
function announcement(story: Story, port: number): Uint8Array {
  const key = nodeKey(story.random.bytes(32));
  return encode(lanAnnouncement, { packet: undefined, version: undefined, port, key, instance: story.random.bytes(8) });
}

describe('LanDiscovery', () => {
  it('a newcomer and those who are there find each other at once, and nobody finds himself', () =>
    withSeed(1, async (story) => {
      const lan = new SimLan();
      const nodes = [];
      for (let i = 0; i < 4; i++) {
        const one = await node(story.computer(), lan);
        one.discovery.start();
        nodes.push(one);
        await story.pass(100);
      }
      for (const one of nodes) {
        const others = nodes.filter((other) => other !== one).map(({ key, at }) => ({ key, endpoint: at }));
        expect(names(one.found)).toEqual(names(others));
      }
      await story.pass(9 * 60_000);
      for (const one of nodes) expect(one.found.length).toBe(3);
    }));

  it('announces itself about once a minute, and when its address changes', () =>
    withSeed(2, async (story) => {
      const lan = new SimLan();
      const listener = lan.port(story.computer().host);
      const heard: { at: number; from: string }[] = [];
      listener.onAnnouncement((_packet, from) => heard.push({ at: story.clock.now(), from: from.host }));
      const one = await node(story.computer(), lan);
      one.discovery.start();
      one.discovery.start();
      await story.pass(200_000);
      expect(heard.length).toBeGreaterThanOrEqual(3);
      expect(heard.length).toBeLessThanOrEqual(5);
      for (let i = 1; i < heard.length; i++) {
        expect(heard[i]!.at - heard[i - 1]!.at).toBeGreaterThanOrEqual(45_000);
        expect(heard[i]!.at - heard[i - 1]!.at).toBeLessThanOrEqual(75_000);
      }
      one.computer.host.moveTo('192.168.1.9');
      await story.until('it speaks from the new address', () => heard.at(-1)!.from === '192.168.1.9', 5_010);
    }));

  it('reports a node again when it started anew', () =>
    withSeed(3, async (story) => {
      const lan = new SimLan();
      const one = await node(story.computer(), lan);
      one.discovery.start();
      const computer = story.computer();
      const first = await node(computer, lan);
      first.discovery.start();
      await story.pass(100);
      computer.crash();
      computer.restart();
      (await node(computer, lan)).discovery.start();
      await story.pass(100);
      expect(one.found.length).toBe(2);
    }));

  it('is silent after stop', () =>
    withSeed(4, async (story) => {
      const lan = new SimLan();
      const [one, other] = [await node(story.computer(), lan), await node(story.computer(), lan)];
      one.discovery.start();
      await story.pass(100);
      await one.discovery.stop();
      await one.discovery.stop();
      other.discovery.start();
      one.discovery.announce();
      await story.pass(300_000);
      expect([one.found, other.found.length]).toEqual([[], 0]);
    }));

  it('drops what comes from afar, from a wrong port, too often, or makes no sense', () =>
    withSeed(5, async (story) => {
      const lan = new SimLan();
      const one = await node(story.computer(), lan);
      one.discovery.start();
      const stranger = await story.computer('198.51.100.7').host.bind({ port: 4000 });
      const neighbour = await story.computer().host.bind({ port: 4000 });
      stranger.send(announcement(story, 4000), one.at);
      neighbour.send(announcement(story, 4001), one.at);
      neighbour.send(announcement(story, 4000).subarray(0, 43), one.at);
      await story.pass(500);
      expect(one.found).toEqual([]);
      expect(one.transport.drops.all()).toEqual({ 'lan-from-afar': 1, 'lan-malformed': 2 });
      for (let i = 0; i < 500; i++) neighbour.send(announcement(story, 4000), one.at);
      await story.pass(500);
      expect(one.found.length).toBeLessThanOrEqual(12);
      expect(one.transport.drops.get('lan-too-often')).toBeGreaterThanOrEqual(488);
    }));

  it('answers an announcement only, and only once', () =>
    withSeed(6, async (story) => {
      const lan = new SimLan();
      const one = await node(story.computer(), lan);
      one.discovery.start();
      const computer = story.computer();
      const socket = await computer.host.bind({ port: 4000 });
      let answers = 0;
      socket.onDatagram(() => answers++);
      const speaker = lan.port(computer.host);
      const packet = announcement(story, 4000);
      for (let i = 0; i < 5; i++) speaker.announce(packet);
      await story.pass(1_000);
      expect(answers).toBe(1);
      socket.send(announcement(story, 4000), one.at);
      await story.pass(1_000);
      expect([answers, one.found.length]).toEqual([1, 2]);
    }));

  it('takes neighbours with public addresses of its own network', () =>
    withSeed(7, async (story) => {
      const lan = new SimLan();
      const one = await node(story.computer('198.51.100.1'), lan);
      const other = await node(story.computer('198.51.100.2'), lan);
      one.discovery.start();
      other.discovery.start();
      await story.pass(100);
      expect([one.found.length, other.found.length]).toEqual([1, 1]);
    }));
});

describe('the announcement', () => {
  it('has 44 bytes that never change', () => {
    const key = nodeKey(new Uint8Array(32).fill(0xaa));
    const bytes = encode(lanAnnouncement, {
      packet: undefined,
      version: undefined,
      port: 0x1234,
      key,
      instance: new Uint8Array(8).fill(0xbb),
    });
    expect(toHex(bytes)).toBe(`05011234${'aa'.repeat(32)}${'bb'.repeat(8)}`);
  });

  it('is decoded without a crash from any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const decoded = decode(lanAnnouncement, bytes);
        expect(decoded.ok).toBe(bytes.length === 44 && bytes[0] === 5 && bytes[1] === 1);
      }),
    );
  });
});
