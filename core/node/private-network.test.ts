import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLogger } from '../ports/logger.ts';
import { PortInUseError } from '../ports/network.ts';
import { SystemRandom } from './adapters/system-random.ts';
import type { CoreFactory } from './core-factory.ts';
import { startPrivateNetwork } from './private-network.ts';
import { fakeCoreFactory } from './testing/fake-core.ts';
import { ManualClock } from './testing/manual-clock.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-private-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function start(count: number, createCore: CoreFactory) {
  return startPrivateNetwork({
    count,
    folder,
    createCore,
    createNetwork: () => ({ bind: () => Promise.reject(new PortInUseError(1)) }),
    clock: new ManualClock(),
    random: new SystemRandom(),
    logger: silentLogger,
  });
}

test('every node after the first begins with the first, on loopback, with a folder of its own', async () => {
  const { cores, createCore } = fakeCoreFactory();
  const network = await start(4, createCore);
  expect(network.nodeIds).toHaveLength(4);
  expect(cores.map(({ options }) => options.bootstrap)).toEqual([[], ...Array(3).fill([network.bootstrap])]);
  expect(new Set(cores.map(({ options }) => options.dataDir)).size).toBe(4);
  for (const { options } of cores) {
    expect(options).toMatchObject({ host: '127.0.0.1', lan: false, udpPort: 0 });
    expect(options.ephemeralProfile).toBeUndefined();
    expect(existsSync(options.dataDir)).toBe(true);
  }
  await network.stop();
  expect(cores.every((core) => core.stopped)).toBe(true);
});

test('when one node fails, the others are stopped and its error comes through', async () => {
  const { cores, createCore } = fakeCoreFactory();
  let started = 0;
  const failing: CoreFactory = (options) =>
    ++started === 3 ? Promise.reject(new PortInUseError(7)) : createCore(options);
  await expect(start(5, failing)).rejects.toBeInstanceOf(PortInUseError);
  expect(cores).toHaveLength(4);
  expect(cores.every((core) => core.stopped)).toBe(true);
});
