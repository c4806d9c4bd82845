import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Emitter } from '../ports/events.ts';
import { FileUnusableError } from '../ports/files.ts';
import { silentLogger } from '../ports/logger.ts';
import type { Relay } from '../relay/types.ts';
import { MemoryFiles } from '../testing/memory-files.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import type { SimHost } from '../testing/sim-host.ts';
import { SimNetwork } from '../testing/sim-network.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { NetworkService } from './network-service.ts';
import { DEFAULT_CARRYING_BYTES } from './node-files.ts';

const MEMORY_FILE = 'network.json';
const STATS = {
  carried: { envelopes: 3, bytes: 6_144, destinations: 2 },
  capacity: 1,
  waiting: 4,
  taken: 9,
  handedOn: 3,
  freed: 2,
  expired: 1,
};

/** The part of a relay that the service looks at. */
class RelayDouble implements Pick<Relay, 'stats' | 'setCapacity' | 'onChanged'> {
  readonly capacities: number[] = [];
  readonly changed = new Emitter<void>();
  stats = () => STATS;
  setCapacity = (bytes: number) => void this.capacities.push(bytes);
  onChanged = (listener: () => void) => this.changed.on(listener);

  get relay(): Relay {
    return this as unknown as Relay;
  }
}

let relay: RelayDouble;
let capacityAtStart: number | undefined;
let clock: VirtualClock;
let files: MemoryFiles;
let running: NetworkService[];
let internet: SimNetwork;

beforeEach(() => {
  clock = new VirtualClock();
  files = new MemoryFiles();
  running = [];
  relay = new RelayDouble();
  internet = new SimNetwork({ clock, random: new SeededRandom('network') });
});
afterEach(async () => {
  for (const service of running) await service.stop();
});

async function start({
  udpPort = 27_018,
  host = internet.host(`20.0.0.${running.length + 1}`),
  bootstrap = [],
  ownFiles = files,
  seed = 'service',
}: {
  udpPort?: number;
  host?: SimHost;
  bootstrap?: readonly string[];
  ownFiles?: MemoryFiles;
  seed?: string;
} = {}): Promise<NetworkService> {
  const service = await NetworkService.start({
    clock,
    random: new SeededRandom(seed),
    logger: silentLogger,
    files: ownFiles,
    network: host,
    udpPort,
    bootstrap,
    lan: false,
    openRelay: ({ capacityBytes }) => {
      capacityAtStart = capacityBytes;
      return { relay: relay.relay, stop: () => Promise.resolve() };
    },
    openLan: () => Promise.resolve(undefined),
    resolve: () => Promise.resolve([]),
  });
  running.push(service);
  return service;
}

it('leaves nothing to be written when it cannot start', async () => {
  vi.spyOn(files, 'read').mockImplementation(async (path) => {
    if (path === MEMORY_FILE) throw new FileUnusableError(path, 'read', undefined);
    return undefined;
  });
  await expect(start()).rejects.toThrow(FileUnusableError);
  expect(files.paths()).toEqual([]);
});

describe('what a node gives for others', () => {
  it('is 256 MiB at first, and what was chosen after a restart, also nothing', async () => {
    const first = await start();
    expect(first.status().carried.capacity).toBe(256 * 1024 * 1024);
    for (const bytes of [1_000_000, 0]) {
      await running.at(-1)!.setCarrying(bytes);
      await running.at(-1)!.stop();
      expect((await start()).status().carried.capacity).toBe(bytes);
    }
  });

  it('is told to the relay, at its start and whenever it changes', async () => {
    const service = await start();
    expect(capacityAtStart).toBe(DEFAULT_CARRYING_BYTES);
    await service.setCarrying(5_000);
    await service.setCarrying(0);
    expect(relay.capacities).toEqual([5_000, 0]);
    await service.stop();
    await start();
    expect(capacityAtStart).toBe(0);
  });

  it('is the default where the file of an earlier version or a damaged one says nothing of use', async () => {
    const address = `20.0.0.9:27018/${'ab'.repeat(32)}`;
    for (const carrying of [undefined, -1, 1.5, 'much']) {
      const memory = { bootstrap: [address], nodes: [], carrying };
      await files.write(MEMORY_FILE, new TextEncoder().encode(JSON.stringify(memory)));
      const status = (await start()).status();
      expect(status.carried.capacity).toBe(DEFAULT_CARRYING_BYTES);
      expect(status.bootstrap.map((node) => node.address)).toEqual([address]);
    }
  });

  it('is what was chosen last, though the disk was slower with what was chosen before', async () => {
    const service = await start();
    const write = files.write.bind(files);
    vi.spyOn(files, 'write').mockImplementationOnce(async (path, bytes) => {
      await new Promise<void>((resolve) => clock.after(100, resolve));
      await write(path, bytes);
    });
    const chosen = Promise.all([service.setCarrying(1), service.setCarrying(2)]);
    await clock.runFor(1_000);
    await chosen;
    expect(JSON.parse(new TextDecoder().decode((await files.read(MEMORY_FILE))!))).toMatchObject({ carrying: 2 });
  });

  it('holds for this run when the disk is full', async () => {
    const service = await start();
    files.full = true;
    await service.setCarrying(7);
    expect(service.status().carried.capacity).toBe(7);
  });
});

describe('the port of the last run', () => {
  it('is taken again, so that an address given to others stays good', async () => {
    const first = await start({ udpPort: 0 });
    await first.stop();
    expect((await start({ udpPort: 0 })).status().port).toBe(first.status().port);
  });

  it('gives way to one that is asked for, which is the last one then', async () => {
    await (await start({ udpPort: 0 })).stop();
    await (await start({ udpPort: 4_000 })).stop();
    expect((await start({ udpPort: 0 })).status().port).toBe(4_000);
  });

  it('is another one when somebody else has it', async () => {
    await (await start({ udpPort: 4_000 })).stop();
    const host = internet.host('20.0.1.1');
    await host.bind({ port: 4_000 });
    expect((await start({ udpPort: 0, host })).status().port).not.toBe(4_000);
  });

  it('is wanted again after somebody else had it, and so is what was used meanwhile while somebody still has', async () => {
    await (await start({ udpPort: 4_000 })).stop();
    const host = internet.host('20.0.1.1');
    const other = await host.bind({ port: 4_000 });
    const portOfARun = async () => {
      const service = await start({ udpPort: 0, host });
      await service.stop();
      return service.status().port;
    };
    const substitute = await portOfARun();
    expect(substitute).not.toBe(4_000);
    expect(await portOfARun()).toBe(substitute);
    await other.close();
    expect(await portOfARun()).toBe(4_000);
    await host.bind({ port: 4_000 });
    expect(await portOfARun()).toBe(substitute);
  });

  it('is unknown where the file of an earlier version or a damaged one says nothing of use', async () => {
    for (const port of [undefined, -1, 1.5, 65_536, 'high']) {
      const memory = { bootstrap: [], nodes: [], port };
      await files.write(MEMORY_FILE, new TextEncoder().encode(JSON.stringify(memory)));
      expect((await start({ udpPort: 0 })).status().port).toBeGreaterThan(0);
    }
  });
});

describe('the nodes of the last run', () => {
  const startOther = (name: string) => start({ ownFiles: new MemoryFiles(), seed: name });
  const addressOf = (service: NetworkService) => {
    const { addresses, nodeKey } = service.status();
    return `${addresses[0]}/${nodeKey}`;
  };
  const remembered = async (): Promise<string[]> =>
    JSON.parse(new TextDecoder().decode((await files.read(MEMORY_FILE))!)).nodes;

  it('are still known after a run that met nobody, and whom one met lately comes first', async () => {
    const other = await startOther('other');
    const address = addressOf(other);
    const first = await start({ bootstrap: [address] });
    await clock.runFor(5_000);
    await first.stop();
    await other.stop();
    const offline = await start();
    await clock.runFor(12 * 60_000);
    await offline.stop();
    expect(await remembered()).toEqual([address]);
    const third = await startOther('third');
    const later = await start({ bootstrap: [addressOf(third)] });
    await clock.runFor(5_000);
    await later.stop();
    expect(await remembered()).toEqual([addressOf(third), address]);
  });

  it('are one for each key, and not more than 32', async () => {
    const address = (i: number, port: number) => `20.1.0.1:${port}/${String(i).padStart(64, '0')}`;
    const nodes = Array.from({ length: 40 }, (_, i) => address(i >> 1, 4_000 + i)).concat(
      Array.from({ length: 40 }, (_, i) => address(100 + i, 5_000 + i)),
    );
    await files.write(MEMORY_FILE, new TextEncoder().encode(JSON.stringify({ bootstrap: [], nodes: ['x', ...nodes] })));
    await (await start()).stop();
    const kept = await remembered();
    expect(kept).toHaveLength(32);
    expect(kept.slice(0, 21)).toEqual([...Array.from({ length: 20 }, (_, i) => address(i, 4_000 + 2 * i)), nodes[40]]);
  });

  it('that no node can have in a file from elsewhere hold up no start, and are sent nothing', async () => {
    const key = '1'.repeat(64);
    const nodes = ['parley.example', '224.0.0.1', '255.255.255.255', '20.1.0.1'].map((host) => `${host}:4000/${key}`);
    await files.write(MEMORY_FILE, new TextEncoder().encode(JSON.stringify({ bootstrap: [], nodes })));
    await (await start()).stop();
    expect(await remembered()).toEqual([`20.1.0.1:4000/${key}`]);
  });

  it('are written down soon after the first one answered', async () => {
    const service = await start();
    await clock.runFor(60_000);
    const other = await startOther('other');
    await service.addBootstrap(addressOf(other));
    expect(await remembered()).toEqual([]);
    await clock.runFor(4_000);
    expect(await remembered()).toEqual([addressOf(other)]);
  });
});

describe('custody on the network page', () => {
  it('is what the relay says', async () => {
    const service = await start();
    expect(service.status()).toMatchObject({
      carried: { ...STATS.carried, capacity: DEFAULT_CARRYING_BYTES },
      held: { envelopes: 4 },
      relay: { taken: 9, handedOn: 3, freed: 2, expired: 1 },
    });
  });

  it('changes with the relay', async () => {
    const service = await start();
    await clock.runFor(5_000);
    let changes = 0;
    service.changed.on(() => changes++);
    relay.changed.emit();
    relay.changed.emit();
    await clock.runFor(5_000);
    expect(changes).toBe(1);
  });
});
