import type { NodeId } from '../ids/bytes.ts';
import { isCloser } from '../ids/xor.ts';
import type { Envelope } from '../relay/envelope.ts';
import { ROOT_WIDTH } from '../relay/holders.ts';
import { copyPosition } from '../relay/positions.ts';
import type { RelaySettings } from '../relay/settings.ts';
import { CustodyObserver } from './custody-observer.ts';
import { type Carrier, Destination, RelayWorld, type SendOptions } from './relay-world.ts';
import { StoryFailed, type StoryOptions } from './scenario.ts';

/** A lost copy is made again within this time (docs/reliability.md). */
export const REPAIR_MS = 20_000;
/**
 * A copy too many is given up within this time: its holder is counted on for 75 minutes, and then looks at the next of its
 * hourly lookups whether others have it (docs/reliability.md).
 */
export const SURPLUS_MS = 3 * 3_600_000;
/** People that are tried until one fits a story. */
const CASTINGS = 50;
const LIFE_MS = 14 * 86_400_000;

export interface CustodyStoryOptions extends StoryOptions {
  readonly nodes?: number;
  readonly settings?: Partial<RelaySettings>;
  /** Copies that `stored` promises; by default what the settings ask for, or one for custody at the root alone. */
  readonly promised?: number;
  /** A does not know the root of B, so that its messages go by way of another node, X. */
  readonly byWay?: boolean;
}

/**
 * A story of the lecture (L:22 to L:30): A sends to B, who is away; computers die, come back and appear. Every step is
 * named as the lecture names it, and the invariants are watched all the time.
 */
export class CustodyStory {
  readonly net: RelayWorld;
  readonly observer: CustodyObserver;
  /** The sender's computer, and the person it writes to. */
  readonly a: Carrier;
  readonly b: Destination;
  /** Where B comes up. */
  readonly home: Carrier;

  constructor(net: RelayWorld, observer: CustodyObserver, people: { a: Carrier; b: Destination; home: Carrier }) {
    this.net = net;
    this.observer = observer;
    this.a = people.a;
    this.b = people.b;
    this.home = people.home;
  }

  /** A writes to B, and waits until the network has it. */
  async sends(count = 1, options: SendOptions = {}): Promise<Envelope[]> {
    this.net.story.step(`A sends ${count}`);
    const envelopes = this.gives(count, options);
    await this.net.story.until('stored', () => envelopes.every((envelope) => this.a.isStored(envelope)), 60_000);
    return envelopes;
  }

  /** A writes to B and does not wait. */
  gives(count = 1, options: SendOptions = {}): Envelope[] {
    return Array.from({ length: count }, () => {
      const envelope = this.a.send(this.b, options);
      this.observer.follow(envelope, this.a, this.b, options.lifeMs ?? LIFE_MS);
      return envelope;
    });
  }

  dies(who: Carrier, name = 'a computer'): void {
    this.net.story.step(`${name} dies`);
    // A copy made since the observer's last look was made, and its holder's death is one.
    this.observer.look();
    who.crash();
  }

  async returns(who: Carrier, name = 'a computer'): Promise<void> {
    this.net.story.step(`${name} returns`);
    await who.restart();
  }

  /** A computer appears that is a better root of this position than all others. */
  async betterRoot(position: NodeId): Promise<Carrier> {
    this.net.story.step('a better root appears');
    return this.net.carrier({ closeTo: position });
  }

  async passes(ms: number): Promise<void> {
    await this.net.story.pass(ms);
  }

  async until(what: string, condition: () => boolean, limitMs = 60_000): Promise<void> {
    await this.net.story.until(what, condition, limitMs);
  }

  /** B comes up at home, and has everything within `limitMs`. */
  async bComesUp(envelopes: readonly Envelope[], limitMs = 5_000): Promise<void> {
    this.net.story.step('B comes up');
    this.b.comesUpAt(this.home);
    await this.until('B has everything', () => envelopes.every((envelope) => this.has(envelope)), limitMs);
  }

  /**
   * The network comes to rest: no more copies than the scheme states, and one near to each position. Which of the nodes
   * there has it is not said: a copy stays where it is while its holder is among the closest.
   */
  async settles(envelope: Envelope): Promise<void> {
    const most = this.#stated(envelope);
    const few = () => this.holders(envelope).length <= most;
    await this.until(`at most ${most} keep it, and its roots do`, () => few() && this.rootsKeep(envelope), SURPLUS_MS);
  }

  /** As many nodes near to its positions have it as it has positions. */
  rootsKeep(envelope: Envelope): boolean {
    const near = this.holders(envelope).filter((holder) => this.#isNear(holder, envelope));
    return near.length >= Math.max(1, envelope.copies);
  }

  /** Copies at rest. An envelope asks for one more where its sender is near itself. */
  #stated(envelope: Envelope): number {
    return Math.max(envelope.copies, this.net.settings.pipeline === false ? 1 : 2);
  }

  /** Among the closest to a position, leaving out those that keep it for another one. */
  #isNear(holder: Carrier, { copies }: Envelope): boolean {
    const positions = copies === 0 ? [this.b.position] : this.#copyPositions(copies);
    const closer = (at: NodeId) => this.net.up.filter((other) => isCloser(at, other.nodeId, holder.nodeId)).length;
    return positions.some((at) => closer(at) < ROOT_WIDTH + positions.length - 1);
  }

  #copyPositions(copies: number): NodeId[] {
    return Array.from({ length: copies }, (_, index) => copyPosition(this.b.position, index + 1));
  }

  /** The receipt has freed every copy, on computers that run. */
  async everyCopyIsFree(limitMs = 30_000): Promise<void> {
    await this.until('every copy is free', () => this.net.up.every((carrier) => carrier.kept === 0), limitMs);
  }

  /** B has it. */
  has(envelope: Envelope): boolean {
    return this.b.arrived.some(({ name }) => name === envelope.name);
  }

  /** Running computers besides the sender's that have it on their disk. */
  holders(envelope: Envelope): Carrier[] {
    return this.net.holdersOf(envelope).filter((carrier) => carrier !== this.a);
  }

  /** The one of these that is closest to B. */
  nearest(carriers: readonly Carrier[]): Carrier {
    return carriers.reduce((best, carrier) =>
      isCloser(this.b.position, carrier.nodeId, best.nodeId) ? carrier : best,
    );
  }
}

/**
 * Tells a story on a network of its own and watches the invariants.
 * @throws {StoryFailed} with seed, steps and packets when it fails or an invariant is broken
 */
export async function custodyStory(
  seed: string,
  options: CustodyStoryOptions,
  tell: (story: CustodyStory) => Promise<void>,
): Promise<void> {
  const { nodes = 24, settings = {}, promised, byWay = false, ...network } = options;
  const net = new RelayWorld(seed, settings, network);
  try {
    await net.grow(nodes);
    const observer = new CustodyObserver(net, { copies: promised ?? settings.copies ?? 2, repairMs: REPAIR_MS });
    await tell(new CustodyStory(net, observer, castPeople(net, byWay)));
    observer.look();
    if (observer.broken.length > 0) throw new Error(observer.broken.join('\n'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoryFailed(`${reason}\n${net.story.report()}`, { cause: error });
  }
}

/** Where everybody knows the root of B, B is somebody else. */
function castPeople(net: RelayWorld, byWay: boolean): { a: Carrier; b: Destination; home: Carrier } {
  for (let casting = 0; casting < CASTINGS; casting++) {
    const b = new Destination(net);
    const [home, ...others] = bystanders(net, b) as [Carrier, ...Carrier[]];
    const a = byWay ? others.find((carrier) => !knowsRoot(net, carrier, b.position)) : others[0];
    if (a !== undefined) return { a, b, home };
  }
  throw new Error('everybody knows every root: take more nodes');
}

/** Computers that are not among those that will keep something for this destination: farthest from all its positions. */
function bystanders(net: RelayWorld, { position }: Destination): Carrier[] {
  const positions = [0, 1, 2, 3].map((number) => copyPosition(position, number));
  const rank = (carrier: Carrier, at: NodeId) =>
    net.up.filter((other) => isCloser(at, other.nodeId, carrier.nodeId)).length;
  const best = (carrier: Carrier) => Math.min(...positions.map((at) => rank(carrier, at)));
  return [...net.up.slice(3)].sort((x, y) => best(y) - best(x));
}

function knowsRoot(net: RelayWorld, carrier: Carrier, position: NodeId): boolean {
  return net.up.every(
    (other) =>
      other === carrier || !isCloser(position, other.nodeId, carrier.dht.nextHops(position)[0]?.id ?? position),
  );
}
