import { MemoryFiles } from './memory-files.ts';
import { SeededRandom } from './seeded-random.ts';
import type { SimHost } from './sim-host.ts';
import { type HostOptions, SimNetwork, type SimNetworkOptions } from './sim-network.ts';
import { type NodeClock, VirtualClock } from './virtual-clock.ts';

/** A story that failed: the seed repeats it, the steps and packets tell what led to it. */
export class StoryFailed extends Error {
  override readonly name = 'StoryFailed';
}

/** A computer with all a node needs from its host. Its files survive a crash. */
export class Computer {
  readonly host: SimHost;
  readonly random: SeededRandom;
  readonly files = new MemoryFiles();
  readonly #world: VirtualClock;
  #clock: NodeClock;

  constructor({
    host,
    random,
    clock,
    skewMs,
  }: { host: SimHost; random: SeededRandom; clock: VirtualClock; skewMs: number }) {
    this.host = host;
    this.random = random;
    this.#world = clock;
    this.#clock = clock.node(skewMs);
  }

  /** The clock of the process that runs now; ask again after `restart`. */
  get clock(): NodeClock {
    return this.#clock;
  }

  /** The process is killed or the power fails: timers, sockets and streams are gone, files stay. */
  crash(): void {
    this.host.crash();
    this.#clock.halt();
  }

  restart(): void {
    this.host.restart();
    this.#clock = this.#world.node(this.#clock.skewMs);
  }

  /** The lid is closed: packets are lost and timers wait. */
  sleep(): void {
    this.host.up = false;
    this.#clock.sleep();
  }

  wake(): void {
    this.host.up = true;
    this.#clock.wake();
  }
}

export type StoryOptions = Omit<SimNetworkOptions, 'clock' | 'random'>;

/** Virtual time, a network and the computers on it. */
export class Story {
  readonly seed: string;
  readonly clock = new VirtualClock();
  readonly random: SeededRandom;
  readonly network: SimNetwork;
  readonly computers: Computer[] = [];
  readonly #steps: string[] = [];

  constructor(seed: number | string, options: StoryOptions = {}) {
    this.seed = String(seed);
    this.random = new SeededRandom(seed);
    this.network = new SimNetwork({ ...options, clock: this.clock, random: this.random.fork('network') });
  }

  /** A computer at this address; by default the next free one of 10.0.0.0/8. `skewMs`: how far its date is ahead. */
  computer(address?: string, options: HostOptions & { readonly skewMs?: number } = {}): Computer {
    const number = this.computers.length;
    const host = this.network.host(
      address ?? `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`,
      options,
    );
    const random = this.random.fork(`computer ${number}`);
    const computer = new Computer({ host, random, clock: this.clock, skewMs: options.skewMs ?? 0 });
    this.computers.push(computer);
    return computer;
  }

  /** Names what happens next; a failure lists the names. */
  step(what: string): void {
    this.#steps.push(`${this.clock.now().toFixed(0).padStart(10)} ms  ${what}`);
  }

  /** Time passes until the condition holds. @throws {VirtualTimeout} */
  async until(what: string, condition: () => boolean, limitMs = 60_000): Promise<void> {
    this.step(`until ${what}`);
    await this.clock.runUntilTrue(condition, limitMs, what);
  }

  /** Time passes. */
  async pass(durationMs: number): Promise<void> {
    await this.clock.runFor(durationMs);
  }

  /** Time passes until the promise settles. @throws its error, or {VirtualTimeout} */
  async settled<T>(promise: Promise<T>, limitMs = 60_000): Promise<T> {
    return this.clock.runUntilSettled(promise, limitMs);
  }

  /** Seed, steps and the last packets. */
  report(): string {
    const steps = this.#steps.length === 0 ? [] : ['steps:', ...this.#steps];
    return [`seed: ${this.seed}, at ${this.clock.now()} ms of virtual time`, ...steps, this.network.trace.text()].join(
      '\n',
    );
  }
}

/** Tells a story from a seed. @throws {StoryFailed} with seed, steps and packet trace; the failure is its cause. */
export async function withSeed(
  seed: number | string,
  tell: (story: Story) => Promise<void>,
  options: StoryOptions = {},
): Promise<void> {
  const story = new Story(seed, options);
  try {
    await tell(story);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoryFailed(`${reason}\n${story.report()}`, { cause: error });
  }
}
