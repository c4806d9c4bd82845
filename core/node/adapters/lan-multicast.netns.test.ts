import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { namespacesObstacle, TwoComputers } from './testing/two-computers.ts';

const PROBE = resolve('dist/run/lan-probe.mjs');
const why = namespacesObstacle();
if (why !== undefined) process.stderr.write(`lan-multicast.netns.test.ts is skipped: ${why}\n`);

interface Fact {
  readonly key?: string;
  readonly lan?: boolean;
  readonly port?: number;
  readonly found?: string;
  readonly host?: string;
}

/** A node inside a namespace. */
class Probe {
  readonly facts: Fact[] = [];
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #exit: Promise<unknown>;
  #errors = '';

  constructor(namespace: string, environment: Record<string, string> = {}) {
    const { PARLEY_LAN: _off, ...inherited } = process.env;
    const args = ['netns', 'exec', namespace, process.execPath, PROBE, readlinkSync('/proc/self/ns/net')];
    this.#process = spawn('ip', args, { env: { ...inherited, ...environment } });
    this.#exit = new Promise((done) => this.#process.once('exit', done));
    createInterface(this.#process.stdout).on('line', (line) => this.facts.push(JSON.parse(line)));
    this.#process.stderr.on('data', (text) => {
      this.#errors += text;
    });
  }

  async until<T>(what: string, look: (facts: readonly Fact[]) => T | undefined): Promise<T> {
    const deadline = performance.now() + 25_000;
    for (;;) {
      const value = look(this.facts);
      if (value !== undefined) return value;
      if (performance.now() > deadline) throw new Error(`${what}: not within 25 s\n${this.#errors}`);
      await new Promise((next) => setTimeout(next, 10));
    }
  }

  started(): Promise<Fact> {
    return this.until('the node starts', ([first]) => first);
  }

  found(key: string, host: string): Promise<Fact> {
    const matches = (fact: Fact) => fact.found === key && fact.host === host;
    return this.until(`${key.slice(0, 8)} is found at ${host}`, (facts) => facts.find(matches));
  }

  async stop(): Promise<number | null> {
    this.#process.stdin.end();
    await this.#exit;
    return this.#process.exitCode;
  }
}

describe.skipIf(why !== undefined)('LAN discovery between two computers of one network', () => {
  const computers = new TwoComputers('lan');
  const { left: LEFT, right: RIGHT } = computers;
  const probes: Probe[] = [];
  const probe = (namespace: string, environment?: Record<string, string>) => {
    const one = new Probe(namespace, environment);
    probes.push(one);
    return one;
  };

  beforeAll(async () => {
    const entryPoints = ['core/node/adapters/testing/lan-probe.ts'];
    await build({ entryPoints, outfile: PROBE, bundle: true, platform: 'node', format: 'esm', packages: 'external' });
  });
  beforeEach(() => computers.plugIn());
  afterEach(async () => {
    await Promise.all(probes.splice(0).map((one) => one.stop()));
    computers.unplug();
  });
  afterAll(() => computers.unplug());

  it('they find each other at once, whoever came first, also two on one computer', async () => {
    const first = probe(LEFT);
    const { key: firstKey, port: firstPort } = await first.started();
    const second = probe(RIGHT);
    const { key: secondKey } = await second.started();
    const third = probe(LEFT);
    const { key: thirdKey } = await third.started();
    const start = performance.now();
    expect((await second.found(firstKey!, '192.168.77.1')).port).toBe(firstPort);
    await first.found(secondKey!, '192.168.77.2');
    await first.found(thirdKey!, '192.168.77.1');
    await second.found(thirdKey!, '192.168.77.1');
    await third.found(secondKey!, '192.168.77.2');
    await third.found(firstKey!, '192.168.77.1');
    expect(performance.now() - start).toBeLessThan(5_000);
    expect(await third.stop()).toBe(0);
  });

  it('a computer whose address changes is found at the new one', async () => {
    const [left, right] = [probe(LEFT), probe(RIGHT)];
    const { key } = await left.started();
    await right.found(key!, '192.168.77.1');
    computers.configure(LEFT, 'address', 'add', '192.168.77.9/24', 'dev', 'lan');
    computers.configure(LEFT, 'address', 'delete', '192.168.77.1/24', 'dev', 'lan');
    computers.configure(LEFT, 'address', 'replace', '192.168.77.9/24', 'dev', 'lan');
    await right.found(key!, '192.168.77.9');
  });

  it('a node with PARLEY_LAN=off neither speaks nor listens', async () => {
    const silent = probe(LEFT, { PARLEY_LAN: 'off' });
    const { key, lan } = await silent.started();
    expect(lan).toBe(false);
    const [right, other] = [probe(RIGHT), probe(LEFT)];
    const { key: otherKey } = await other.started();
    await right.found(otherKey!, '192.168.77.1');
    expect(right.facts.some(({ found }) => found === key)).toBe(false);
    expect(silent.facts.length).toBe(1);
  });
});
