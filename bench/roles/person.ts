import type { ApiEvent } from '../../core/api/contract.ts';
import { NodeFiles } from '../../core/node/adapters/node-files.ts';
import { SystemClock } from '../../core/node/adapters/system-clock.ts';
import { SystemRandom } from '../../core/node/adapters/system-random.ts';
import { createUdxNetwork } from '../../core/node/adapters/udx-network.ts';
import type { RunningCore } from '../../core/node/core-factory.ts';
import { createCore } from '../../core/node/create-core.ts';
import { silentLogger } from '../../core/ports/logger.ts';
import { cpuSeconds, randomGapMs, residentBytes, sharedNow, sleep } from '../measure.ts';
import { Caller } from './caller.ts';
import { type FlowArgs, type FlowResult, runFlow } from './flow.ts';
import { Receiver } from './receiver.ts';

export interface OpenArgs {
  readonly dataDir: string;
  readonly bootstrap: readonly string[];
  /** Makes a profile of that name when the folder has none. */
  readonly name?: string;
}

/** One person: a whole core in a process of its own, driven by the contract. */
export function personRole() {
  const network = createUdxNetwork();
  const clock = new SystemClock();
  const random = new SystemRandom();
  let running: RunningCore | undefined;
  let receiver = new Receiver();
  let caller: Caller | undefined;

  const core = (): RunningCore => {
    if (running === undefined) throw new Error('the person has no core');
    return running;
  };

  const open = async ({ dataDir, bootstrap, name }: OpenArgs) => {
    const files = new NodeFiles(dataDir);
    const ports = { clock, random, logger: silentLogger, files, network };
    running = await createCore({
      ...ports,
      ...{ dataDir, bootstrap, udpPort: 0, host: '127.0.0.1', lan: false, ephemeralProfile: name },
    });
    receiver = new Receiver();
    running.onEvent((event) => receiver.take(event));
    caller = new Caller(running);
    const profile = await running.handlers['profile.get']({});
    if (profile.state !== 'open') throw new Error(`the profile is ${profile.state}`);
    return { publicId: profile.publicId, key: profile.key };
  };

  const untilOnline = async ({ friend }: { friend: string }): Promise<number> => {
    await until(core(), async () => {
      const friends = await core().handlers['friends.list']({});
      return friends.some(({ key, presence }) => key === friend && presence === 'online');
    });
    return sharedNow();
  };

  return {
    open,
    close: async () => {
      await running?.stop();
      running = undefined;
    },
    /** @returns when the friend was seen online, by the shared clock. */
    openAndSee: async ({ friend, ...args }: OpenArgs & { friend: string }) => {
      await open(args);
      return untilOnline({ friend });
    },
    untilOnline,
    addFriend: async ({ publicId }: { publicId: string }) => {
      await core().handlers['friends.add']({ publicId, alias: 'Friend', greeting: 'Hello' });
    },
    acceptEverybody: () => {
      const { handlers } = core();
      core().onEvent((event) => {
        if (event.name !== 'friends.requested' || event.payload.request === null) return;
        void handlers['friends.accept']({ publicId: event.payload.key, alias: 'Friend' });
      });
    },
    /** Asks a stranger and writes to them at once. @returns ms until the message was delivered. */
    askAndWrite: async ({ publicId }: { publicId: string }) => {
      const { handlers } = core();
      const startedAt = sharedNow();
      const { key } = await handlers['friends.add']({ publicId, alias: 'Friend', greeting: 'Hello' });
      const delivered = nextDelivered(core());
      await handlers['messages.send']({ friend: key, text: 'first' });
      await delivered;
      return sharedNow() - startedAt;
    },
    /** Lone messages, each until the event that it was delivered. @returns ms of each. */
    receipts: async ({ friend, count, gaps }: { friend: string; count: number; gaps: boolean }) => {
      const times: number[] = [];
      for (let i = 0; i < count; i++) {
        if (gaps) await sleep(randomGapMs());
        const startedAt = performance.now();
        const delivered = nextDelivered(core());
        void core().handlers['messages.send']({ friend, text: `message ${i} of a benchmark`.padEnd(64, '.') });
        times.push((await delivered) - startedAt);
      }
      return times;
    },
    /** Numbered messages of `bytes` bytes to a friend who is away, until the network keeps all of them. */
    writeUntilStored: async ({ friend, count, bytes }: { friend: string; count: number; bytes: number }) => {
      const ids = new Set<string>();
      const end = core().onEvent((event) => {
        if (event.name !== 'messages.changed') return;
        for (const { id, state } of event.payload.messages) if (state !== 'sending') ids.add(id);
      });
      for (let i = 0; i < count; i++)
        await core().handlers['messages.send']({ friend, text: `${i}`.padEnd(bytes, '.') });
      await until(core(), async () => ids.size >= count);
      end();
    },
    /** @returns when that many numbered messages had come since the start, by the shared clock. */
    untilReceived: async ({ count }: { count: number }): Promise<number> => {
      await until(core(), async () => receiver.report().count >= count);
      return sharedNow();
    },
    flow: (args: FlowArgs): Promise<FlowResult> => runFlow(core(), args),
    call: ({ friend }: { friend: string }) => caller?.untilActive(friend),
    takeCall: () => caller?.untilActive(undefined),
    speak: async (args: { bytes: number; seconds: number }) => (await caller?.speak(args)) ?? 0,
    takeSound: () => caller?.takeLatencies() ?? [],
    received: () => receiver.report(),
    usage: async () => {
      const { traffic } = await core().handlers['network.status']({});
      return { at: sharedNow(), cpuSeconds: cpuSeconds(), ...traffic };
    },
    residentBytes,
    cpuSeconds,
  };
}

export type PersonRole = ReturnType<typeof personRole>;

/** Resolves when the condition holds: now, or after an event. */
function until(core: RunningCore, condition: () => Promise<boolean>): Promise<void> {
  return new Promise((resolve, reject) => {
    const check = () => {
      condition().then((holds) => {
        if (!holds) return;
        end();
        resolve();
      }, reject);
    };
    const end = core.onEvent(check);
    check();
  });
}

/** Resolves with the time of the next event that a message was delivered; lone messages only. */
function nextDelivered(core: RunningCore): Promise<number> {
  return new Promise((resolve) => {
    const end = core.onEvent((event: ApiEvent) => {
      if (event.name !== 'messages.changed') return;
      if (!event.payload.messages.some(({ state }) => state === 'delivered')) return;
      end();
      resolve(performance.now());
    });
  });
}
