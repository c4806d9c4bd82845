import { describe, expect, it } from 'vitest';
import { parseFlags } from './command-host.ts';
import { recordingHost } from './recording-host.ts';
import { parseSimulateArguments, simulate } from './simulate-command.ts';
import { growNetwork, measureLookups, measureRecovery, type RecoveryPoint } from './simulate-dht.ts';
import { drawHops, fitLine, niceCeiling } from './simulate-figure.ts';

describe('a simulated network', () => {
  it('that settled gives every lookup the truly closest nodes', async () => {
    const world = await growNetwork(60, 'settled');
    const { nodes, share, hops, requests } = await measureLookups(world, 60);
    expect([nodes, share]).toEqual([60, 1]);
    expect(hops).toBeLessThan(2);
    expect(requests).toBeGreaterThanOrEqual(8);
    await world.stop();
  });

  it('grown in steps of several nodes is the same for the same seed', async () => {
    const run = async () => {
      const world = await growNetwork(120, 'steps');
      const measured = await measureLookups(world, 20);
      await world.stop();
      return measured;
    };
    const first = await run();
    expect(await run()).toEqual(first);
    expect(first.share).toBe(1);
  });

  it('forgets nodes that vanished, and lookups recover', async () => {
    const world = await growNetwork(60, 'vanish');
    const points: RecoveryPoint[] = [];
    const options = { share: 0.3, lookups: 20, atSeconds: [0, 60, 300] };
    await measureRecovery(world, options, (point) => points.push(point));
    expect(world.alive.length).toBe(42);
    expect(points.map(({ seconds }) => Math.round(seconds))).toEqual([0, 60, 300]);
    expect(points[0]!.deadShare).toBeGreaterThan(0.2);
    expect(points[2]!.share).toBe(1);
    expect(points[2]!.deadShare).toBeLessThan(0.1);
    expect(points[2]!.ms).toBeLessThan(points[0]!.ms);
    await world.stop();
  });
});

describe('the command', () => {
  it('prints a row for each network and the recovery of the largest, and draws', async () => {
    const { host, told } = recordingHost(['dht', '--nodes', '20,10', '--lookups', '5', '--figure']);
    await simulate(host);
    expect(told.out).toMatch(/\| 10 \| 100\.0 % \|.*\| 20 \| 100\.0 % \|.*30\.0 % of 20 nodes vanish.*\| 300 \|/s);
    expect([...told.files.keys()]).toEqual(['docs/figures/hops.svg']);
    expect(told.code).toBeUndefined();
  });

  it.each([
    [],
    ['links'],
    ['dht', '--nodes', '1'],
    ['dht', '--nodes', 'ten'],
    ['dht', '--nodes'],
    ['dht', '--lookups', '0'],
    ['dht', '--vanish', '1'],
    ['dht', '--what', '1'],
    ['dht', '--seed', 'a', '--seed', 'b'],
  ])('refuses %j %j %j', async (...args) => {
    const { host, told } = recordingHost(args);
    await simulate(host);
    expect(told).toMatchObject({ out: '', code: 2 });
    expect(told.err).toContain('npm run simulate');
  });

  it('has sizes in order, and each once', () => {
    expect(parseSimulateArguments(['dht', '--nodes', '100,10,100'])?.nodes).toEqual([10, 100]);
  });
});

describe('flags', () => {
  it('are pairs, or alone where that is allowed', () => {
    const known = { values: ['seed'], flags: ['fast'] };
    expect(parseFlags(['--fast', '--seed', '7'], known)).toEqual(
      new Map([
        ['fast', ''],
        ['seed', '7'],
      ]),
    );
    for (const wrong of [['seed', '7'], ['--seed'], ['--fast', '--fast'], ['--', '7']]) {
      expect(parseFlags(wrong, known)).toBeUndefined();
    }
  });
});

describe('the figure', () => {
  const measured = (nodes: number, hops: number, requests: number) => {
    return { nodes, lookups: 1, share: 1, hops, requests, ms: 1 };
  };

  it('has a point and a label for each size in both panels, and the fitted logarithm', () => {
    const svg = drawHops([measured(8, 1, 10), measured(64, 2.5, 14), measured(512, 4, 18)]);
    expect(svg.match(/<circle/g)).toHaveLength(6);
    expect(svg).toContain('0.50 log₂ N − 0.5');
    expect(svg).toContain('1.33 log₂ N + 6.0');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    // Points on a straight line over the logarithm are drawn on one.
    const [first, second, third] = [...svg.matchAll(/cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [+x!, +y!]);
    expect((first![0]! + third![0]!) / 2).toBeCloseTo(second![0]!, 0);
    expect((first![1]! + third![1]!) / 2).toBeCloseTo(second![1]!, 0);
  });

  it('fits lines by least squares', () => {
    expect(
      fitLine([
        [1, 3],
        [2, 5],
        [3, 7],
      ]),
    ).toEqual({ slope: 2, intercept: 1 });
    expect(
      fitLine([
        [0, 0],
        [1, 1],
        [2, 0],
      ]),
    ).toEqual({ slope: 0, intercept: 1 / 3 });
  });

  it.each([
    [0.9, 1],
    [1, 2],
    [3.2, 4],
    [5, 6],
    [9, 10],
    [14.2, 20],
    [7.9, 10],
  ])('ends an axis for %d at %d', (value, ceiling) => {
    expect(niceCeiling(value)).toBe(ceiling);
  });
});
