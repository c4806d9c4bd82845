import { createProfileKeyPair, type ProfileKeyPair } from '../crypto/crypto.ts';
import { type NodeId, nodeId, type ProfileKey } from '../ids/bytes.ts';
import { ParleyLinks, type ParleyLinksOptions } from '../link/manager.ts';
import type { Link, LinkDownReason } from '../link/types.ts';
import { Transport } from '../net/transport.ts';
import { type LogFields, type Logger, silentLogger } from '../ports/logger.ts';
import type { Endpoint } from '../ports/network.ts';
import { type OverlayDouble, OverlayWorld } from './overlay-double.ts';
import { homeOf } from './positions.ts';
import { SeededRandom } from './seeded-random.ts';
import type { SimHost } from './sim-host.ts';
import { SimNetwork, type SimNetworkOptions } from './sim-network.ts';
import { type NodeClock, VirtualClock } from './virtual-clock.ts';

const PORT = 4_000;

export type PersonOptions = Partial<Pick<ParleyLinksOptions, 'epochMs' | 'rekeyAfterMs'>> & {
  readonly host?: SimHost;
  readonly profile?: ProfileKeyPair;
  /** How wrong the wall clock is, in ms. */
  readonly skewMs?: number;
  /** Where others are told to reach this person; default: the host's own address. */
  readonly endpoints?: () => readonly Endpoint[];
};

/** One person's node with its links, and what happened to them. */
export interface Person {
  readonly host: SimHost;
  readonly clock: NodeClock;
  readonly profile: ProfileKeyPair;
  readonly transport: Transport;
  readonly overlay: OverlayDouble;
  readonly links: ParleyLinks;
  readonly ups: Link[];
  readonly downs: LinkDownReason[];
  /** Friends who said that somebody else has a link with this profile, once for each time. */
  readonly elsewhere: ProfileKey[];
  /** Logged at warning level or above: tests expect none. */
  readonly complaints: string[];
  /** The process dies: no goodbye. */
  crash(): void;
}

/** Persons on a simulated network with an overlay double: the world of the link tests. */
export class LinkWorld {
  readonly clock = new VirtualClock();
  readonly random: SeededRandom;
  readonly network: SimNetwork;
  readonly overlay: OverlayWorld;
  #persons = 0;

  constructor(seed: string, conditions: SimNetworkOptions['conditions'] = { latency: { kind: 'fixed', ms: 10 } }) {
    this.random = new SeededRandom(seed);
    this.network = new SimNetwork({ clock: this.clock, random: this.random.fork('network'), conditions });
    this.overlay = new OverlayWorld(this.clock);
  }

  nextHost(): SimHost {
    return this.network.host(`198.51.100.${this.#persons + 1}`);
  }

  async person(options: PersonOptions = {}): Promise<Person> {
    const host = options.host ?? this.nextHost();
    const random = this.random.fork(`person ${this.#persons++}`);
    const clock = this.clock.node(options.skewMs ?? 0);
    const complaints: string[] = [];
    const socket = await host.bind({ port: PORT });
    const transport = new Transport({ socket, logger: collecting(complaints) });
    const endpoints = options.endpoints ?? (() => [{ host: host.address, port: PORT }]);
    const overlay = this.overlay.node(nodeId(random.bytes(32)) as NodeId, endpoints);
    const profile = options.profile ?? createProfileKeyPair(random);
    const { epochMs, rekeyAfterMs } = options;
    const links = new ParleyLinks({
      ...{ profile, transport, overlay, clock, random, logger: collecting(complaints) },
      ...(epochMs === undefined ? {} : { epochMs }),
      ...(rekeyAfterMs === undefined ? {} : { rekeyAfterMs }),
    });
    const ups: Link[] = [];
    const downs: LinkDownReason[] = [];
    const elsewhere: ProfileKey[] = [];
    links.onUp((link) => ups.push(link));
    links.onElsewhere((friend) => elsewhere.push(friend));
    links.onDown(({ reason }) => downs.push(reason));
    const crash = () => {
      clock.halt();
      host.crash();
      overlay.setConnected(false);
    };
    return { host, clock, profile, transport, overlay, links, ups, downs, elsewhere, complaints, crash };
  }

  /** Two persons who are friends and started. */
  async friends(first: PersonOptions = {}, second: PersonOptions = {}): Promise<[Person, Person]> {
    const a = await this.person(first);
    const b = await this.person(second);
    befriend(a, b);
    a.links.start();
    b.links.start();
    return [a, b];
  }

  /** Two friends whose link is up on both sides. */
  async linked(first: PersonOptions = {}, second: PersonOptions = {}): Promise<[Person, Person]> {
    const [a, b] = await this.friends(first, second);
    await this.untilLinked(a, b);
    return [a, b];
  }

  async untilLinked(a: Person, b: Person, limitMs = 5_000): Promise<void> {
    await this.clock.runUntilTrue(() => linkOf(a, b) !== undefined && linkOf(b, a) !== undefined, limitMs, 'the link');
  }
}

export function befriend(a: Person, b: Person): void {
  a.links.addFriend(b.profile.publicKey, homeOf(b.profile));
  b.links.addFriend(a.profile.publicKey, homeOf(a.profile));
}

/** The link of `of` to `to` that is up. */
export function linkOf(of: Person, to: Person): Link | undefined {
  const link = of.links.linkTo(to.profile.publicKey);
  return link?.up === true ? link : undefined;
}

function collecting(complaints: string[]): Logger {
  const note = (event: string, fields?: LogFields) => {
    complaints.push(`${event} ${JSON.stringify(fields ?? {})}`);
  };
  return { ...silentLogger, warn: note, error: note };
}
