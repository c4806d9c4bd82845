import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const PROBE = resolve('dist/run/lan-probe.mjs');
const LEFT = `parley-l-${process.pid}`;
const RIGHT = `parley-r-${process.pid}`;

function ip(...args: string[]): string {
  return execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
}

/** The kernel reports a new link as running up to a second late. */
async function linkUp(namespace: string): Promise<void> {
  while (!ip('-n', namespace, 'link', 'show', 'lan').includes('state UP')) {
    await new Promise((next) => setTimeout(next, 20));
  }
}

/** Why network namespaces cannot be had here; undefined when they can. */
function obstacle(): string | undefined {
  if (process.platform !== 'linux') return 'it needs Linux';
  if (process.getuid?.() !== 0) return 'it needs root';
  try {
    ip('netns', 'add', LEFT);
    ip('netns', 'delete', LEFT);
    return undefined;
  } catch (error) {
    return `network namespaces are not permitted (${String(error).split('\n')[0]})`;
  }
}

const why = obstacle();
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
  beforeEach(async () => {
    for (const namespace of [LEFT, RIGHT]) ip('netns', 'add', namespace);
    ip('link', 'add', 'lan', 'netns', LEFT, 'type', 'veth', 'peer', 'name', 'lan', 'netns', RIGHT);
    for (const [namespace, host] of [
      [LEFT, 1],
      [RIGHT, 2],
    ] as const) {
      ip('-n', namespace, 'address', 'add', `192.168.77.${host}/24`, 'dev', 'lan');
      for (const device of ['lo', 'lan']) ip('-n', namespace, 'link', 'set', device, 'up');
    }
    await Promise.all([LEFT, RIGHT].map(linkUp));
  });
  const removeNamespaces = () => {
    for (const namespace of [LEFT, RIGHT]) {
      try {
        ip('netns', 'delete', namespace);
      } catch {
        // It was never made, or is gone already.
      }
    }
  };
  afterEach(async () => {
    await Promise.all(probes.splice(0).map((one) => one.stop()));
    removeNamespaces();
  });
  afterAll(removeNamespaces);

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
    ip('-n', LEFT, 'address', 'add', '192.168.77.9/24', 'dev', 'lan');
    ip('-n', LEFT, 'address', 'delete', '192.168.77.1/24', 'dev', 'lan');
    ip('-n', LEFT, 'address', 'replace', '192.168.77.9/24', 'dev', 'lan');
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
