import { ApiError } from '../api/errors.ts';
import type { NetworkStatus, NodeView } from '../api/views.ts';
import { nodeKeyPairFromSeed } from '../crypto/crypto.ts';
import { Dht } from '../dht/dht.ts';
import { K, type TableEntry } from '../dht/routing-table.ts';
import { addressClass, canBePeer, destinationOf } from '../ids/address.ts';
import { equalBytes, type NodeKey, toHex } from '../ids/bytes.ts';
import { formatNodeAddress, type NodeAddress, parseNodeAddress } from '../ids/node-address.ts';
import type { LinkStats } from '../link/types.ts';
import { LanDiscovery } from '../net/lan-discovery.ts';
import { Transport } from '../net/transport.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import { Emitter } from '../ports/events.ts';
import type { Files } from '../ports/files.ts';
import type { LanPort } from '../ports/lan.ts';
import { errorName, type Logger } from '../ports/logger.ts';
import {
  AddressUnusableError,
  type Endpoint,
  formatEndpoint,
  type Network,
  type NetworkSocket,
  PortInUseError,
  sameEndpoint,
} from '../ports/network.ts';
import type { Random } from '../ports/random.ts';
import type { Relay } from '../relay/types.ts';
import { BUILT_IN_BOOTSTRAP } from './bootstrap-nodes.ts';
import { type NodeMemory, readNodeMemory, readOrMakeNodeSeed, writeNodeMemory } from './node-files.ts';
import type { RelayHost, RelayHostOptions } from './relay-host.ts';

/** Nodes remembered for the next run. */
const REMEMBERED_NODES = 32;
const REMEMBER_EVERY_MS = 5 * 60_000;
/** The first time soon, for whoever is killed before. */
const REMEMBER_FIRST_MS = 10_000;
/** And when a first node has answered, which may be later, and the only one that anybody told us of. */
const REMEMBER_JOINED_MS = 2_000;
/** The network page is told of changes at most this often. */
const CHANGE_PAUSE_MS = 1_000;
const RESOLVE_AGAIN_MS = 60_000;

export interface NetworkServiceOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly files: Files;
  readonly network: Network;
  /** 0: that of earlier runs if it is free, else any. */
  readonly udpPort: number;
  readonly host?: string;
  /** HOST:PORT/PUBLICKEY each. */
  readonly bootstrap: readonly string[];
  /** Look for nodes on the local network, and tell friends our private addresses. */
  readonly lan: boolean;
  /** Take no part in routing, whether others can reach this node or not. */
  readonly leaf?: boolean;
  /** Undefined where the local network must not be touched. */
  readonly openLan: () => Promise<LanPort | undefined>;
  /** Begins to carry envelopes. */
  readonly openRelay: (parts: Pick<RelayHostOptions, 'network' | 'drops' | 'seed' | 'capacityBytes'>) => RelayHost;
  /** Numeric addresses of a DNS name; rejects when there are none. */
  readonly resolve: (name: string) => Promise<readonly string[]>;
}

/** An entry point as a person named it, and where that turned out to be. */
interface BootstrapEntry {
  readonly address: NodeAddress;
  readonly source: 'built-in' | 'option' | 'user';
  endpoint: Endpoint | undefined;
}

/** What the service does not know itself: links belong to the open profile. */
export type LinkOverview = () => readonly { readonly friend: string; readonly stats: LinkStats }[];

type Ports = Pick<NodeMemory, 'port' | 'substitutePort'>;

interface Parts {
  readonly transport: Transport;
  readonly dht: Dht;
  readonly nodeKeyHex: string;
  readonly relayHost: RelayHost;
  /** Bytes this node gives for others. */
  readonly carrying: number;
  readonly ports: Ports;
  /** Of earlier runs, latest first. */
  readonly nodes: string[];
}

/** The node that this computer is: UDP port, DHT, bootstrap entries. It runs whether a profile is open or not. */
export class NetworkService {
  readonly changed = new Emitter<void>();
  linkOverview: LinkOverview = () => [];
  readonly transport: Transport;
  readonly dht: Dht;
  readonly #options: NetworkServiceOptions;
  readonly #entries = new Map<string, BootstrapEntry>();
  readonly #nodeKeyHex: string;
  #saveTimer: Timer;
  #joined = false;
  /** As they stand in the file, latest first. */
  #nodes: string[];
  #changeTimer: Timer | undefined;
  #lan: LanDiscovery | undefined;
  readonly #relayHost: RelayHost;
  readonly #ports: Ports;
  #carrying: number;
  #running = true;
  /** One after the other: what is written last must be what stays. */
  #written: Promise<void> = Promise.resolve();

  private constructor(options: NetworkServiceOptions, parts: Parts) {
    this.#options = options;
    this.transport = parts.transport;
    this.dht = parts.dht;
    this.#nodeKeyHex = parts.nodeKeyHex;
    this.#carrying = parts.carrying;
    this.#ports = parts.ports;
    this.#nodes = parts.nodes;
    this.#relayHost = parts.relayHost;
    this.relay.onChanged(() => this.#announceChange());
    this.dht.onChanged(() => {
      this.#announceChange();
      this.#noteJoined();
    });
    this.#saveTimer = this.#rememberIn(REMEMBER_FIRST_MS);
  }

  /** Binds the port and starts to join the network. @throws {PortInUseError}; ApiError `bad-address` for a bad option. */
  static async start(options: NetworkServiceOptions): Promise<NetworkService> {
    const { files, random, clock, logger, lan, leaf } = options;
    const given = options.bootstrap.map(parseOrThrow);
    // One after the other: when the first fails, nobody writes any more into a folder that is given back.
    const memory = await readNodeMemory(files);
    const seed = await readOrMakeNodeSeed(files, random.bytes(32));
    const keys = nodeKeyPairFromSeed(seed);
    const socket = await bindPort(options, memory);
    const transport = new Transport({ socket, logger });
    const dht = new Dht({ transport, keys, clock, random, logger, lan, leaf });
    const { carrying } = memory;
    const { drops } = transport;
    const relayHost = options.openRelay({ network: dht, drops, seed, capacityBytes: carrying });
    const nodeKeyHex = toHex(keys.publicKey);
    const ports = portsToRemember(options.udpPort, memory, transport.port);
    // What we write has a numeric address; the file may come from elsewhere.
    const met = memory.nodes.flatMap(parsedOrNothing).filter(({ host }) => canBePeer(host));
    const nodes = latest(met.map(formatNodeAddress));
    const service = new NetworkService(options, { transport, dht, nodeKeyHex, relayHost, carrying, ports, nodes });
    for (const address of given) service.#enter(address, 'option');
    for (const address of BUILT_IN_BOOTSTRAP.flatMap(parsedOrNothing)) service.#enter(address, 'built-in');
    for (const address of memory.bootstrap.flatMap(parsedOrNothing)) service.#enter(address, 'user');
    for (const { key, host, port } of nodes.flatMap(parsedOrNothing)) dht.bootstrap(key, { host, port });
    dht.start();
    if (lan) void service.#discover(keys.publicKey);
    return service;
  }

  /** What another node needs to begin with this one; loopback while no better address is known. */
  bootstrapAddress(): string {
    const [best] = this.dht.endpoints();
    const host = best?.host ?? destinationOf(this.#options.host ?? '0.0.0.0');
    return `${formatEndpoint({ host, port: this.transport.port })}/${this.#nodeKeyHex}`;
  }

  /** @throws ApiError `bad-address`. */
  async addBootstrap(text: string): Promise<void> {
    this.#enter(parseOrThrow(text), 'user');
    await this.#remember();
    this.#announceChange();
  }

  /** @throws ApiError `bad-address`. */
  async removeBootstrap(text: string): Promise<void> {
    const address = parseOrThrow(text);
    const name = formatNodeAddress(address);
    const entry = this.#entries.get(name);
    this.#entries.delete(name);
    if (entry?.endpoint !== undefined) this.dht.forgetBootstrap(address.key, entry.endpoint);
    await this.#remember();
    this.#announceChange();
  }

  /** Carries for others, and brings what we send to people who are away. */
  get relay(): Relay {
    return this.#relayHost.relay;
  }

  /** Bytes this node keeps for others at most, from now on and after a restart; 0: it carries nothing. */
  async setCarrying(bytes: number): Promise<void> {
    this.#carrying = bytes;
    this.relay.setCapacity(bytes);
    await this.#remember();
    this.#announceChange();
  }

  status(): NetworkStatus {
    const { dht, transport } = this;
    const seen = dht.observedEndpoints()[0];
    const reachability = dht.reachability;
    return {
      running: this.#running,
      nodeId: toHex(dht.nodeId),
      nodeKey: this.#nodeKeyHex,
      port: transport.port,
      addresses: transport.localAddresses().map((host) => formatEndpoint({ host, port: transport.port })),
      publicAddress: seen === undefined ? null : formatEndpoint(seen),
      bootstrapAddress: this.bootstrapAddress(),
      reachability: reachability.state,
      reachabilityReason: reachability.reason,
      leaf: dht.leaf,
      leafReason: dht.leafReason,
      lan: this.#options.lan,
      nodeCount: dht.table.size,
      buckets: dht.table
        .occupied()
        .map(({ index, entries }) => ({ prefix: index, capacity: K, nodes: entries.map(this.#nodeView) })),
      neighbours: dht.neighbours().map(this.#nodeView),
      bootstrap: this.#bootstrapViews(),
      links: this.linkOverview().map(({ friend, stats }) => ({
        friend,
        address: formatEndpoint(stats.remote),
        rttMs: stats.rttMs ?? null,
        epoch: stats.epoch,
        epochAgeMs: stats.epochAgeMs,
        nextEpochInMs: stats.nextEpochInMs,
      })),
      ...this.#custody(),
      traffic: { ...transport.traffic },
      dropped: transport.drops.all(),
    };
  }

  #custody(): Pick<NetworkStatus, 'carried' | 'held' | 'relay'> {
    const { carried, waiting, taken, handedOn, freed, expired } = this.relay.stats();
    return {
      carried: { ...carried, capacity: this.#carrying },
      held: { envelopes: waiting },
      relay: { taken, handedOn, freed, expired },
    };
  }

  async stop(): Promise<void> {
    if (!this.#running) return;
    this.#running = false;
    this.#saveTimer.cancel();
    this.#changeTimer?.cancel();
    await this.#remember();
    this.#lan?.stop();
    await this.#relayHost.stop();
    this.dht.stop();
    await this.transport.close();
    this.changed.clear();
  }

  readonly #nodeView = (entry: TableEntry): NodeView => ({
    nodeId: toHex(entry.contact.id),
    address: formatEndpoint(entry.contact.endpoint),
    rttMs: entry.rttMs,
    lastSeenMsAgo: Math.max(0, this.#options.clock.now() - entry.heardAt),
    failures: entry.failures,
  });

  #bootstrapViews(): NetworkStatus['bootstrap'] {
    const states = this.dht.bootstrapStates();
    return [...this.#entries.values()].map(({ address, endpoint, source }) => {
      const known = states.find(
        ({ contact }) =>
          endpoint !== undefined && sameEndpoint(contact.endpoint, endpoint) && equalBytes(contact.key, address.key),
      );
      return { address: formatNodeAddress(address), state: known?.state ?? 'trying', builtIn: source === 'built-in' };
    });
  }

  /** A numeric host is asked at once, a name when it is resolved; while it is not, it is tried again now and then. */
  #enter(address: NodeAddress, source: BootstrapEntry['source']): void {
    const name = formatNodeAddress(address);
    if (this.#entries.has(name)) return;
    const entry: BootstrapEntry = { address, source, endpoint: undefined };
    this.#entries.set(name, entry);
    void this.#locate(entry);
  }

  async #locate(entry: BootstrapEntry): Promise<void> {
    const { host, port, key } = entry.address;
    const numeric = addressClass(host) !== 'invalid';
    try {
      const [first] = numeric ? [host] : await this.#options.resolve(host);
      if (first === undefined || !this.#running || !this.#isEntered(entry)) return;
      entry.endpoint = { host: first, port };
      this.dht.bootstrap(key, entry.endpoint);
    } catch {
      this.#options.logger.info('bootstrap-name-not-resolved', { host });
      this.#options.clock.after(RESOLVE_AGAIN_MS, () => {
        if (this.#running && this.#isEntered(entry)) void this.#locate(entry);
      });
    }
  }

  #isEntered(entry: BootstrapEntry): boolean {
    return this.#entries.get(formatNodeAddress(entry.address)) === entry;
  }

  /** Beside the start: a machine without a usable network must not hold it up. */
  async #discover(key: NodeKey): Promise<void> {
    const { clock, random, openLan } = this.#options;
    const lan = await openLan();
    if (lan === undefined) return;
    if (!this.#running) return void lan.close();
    const onFound = ({ key: found, endpoint }: { key: NodeKey; endpoint: Endpoint }) => this.dht.meet(found, endpoint);
    this.#lan = new LanDiscovery({ clock, random, transport: this.transport, lan, key, onFound });
    this.#lan.start();
  }

  #announceChange(): void {
    if (!this.#running) return;
    this.#changeTimer ??= this.#options.clock.after(CHANGE_PAUSE_MS, () => {
      this.#changeTimer = undefined;
      this.changed.emit();
    });
  }

  #rememberIn(ms: number): Timer {
    return this.#options.clock.after(ms, () => {
      void this.#remember();
      this.#saveTimer = this.#options.clock.every(REMEMBER_EVERY_MS, () => void this.#remember());
    });
  }

  #noteJoined(): void {
    if (this.#joined || !this.#running || this.dht.table.size === 0) return;
    this.#joined = true;
    this.#saveTimer.cancel();
    this.#saveTimer = this.#rememberIn(REMEMBER_JOINED_MS);
  }

  #remember(): Promise<void> {
    this.#written = this.#written.then(() => this.#writeMemory());
    return this.#written;
  }

  /** A full disk must not stop the node: what is lost is a head start. */
  async #writeMemory(): Promise<void> {
    const good = this.dht.goodNodes(REMEMBERED_NODES);
    this.#nodes = latest([...good.map(({ key, endpoint }) => formatNodeAddress({ key, ...endpoint })), ...this.#nodes]);
    const users = [...this.#entries.values()].filter((entry) => entry.source === 'user');
    const bootstrap = users.map((entry) => formatNodeAddress(entry.address));
    try {
      await writeNodeMemory(this.#options.files, {
        bootstrap,
        nodes: this.#nodes,
        carrying: this.#carrying,
        ...this.#ports,
      });
    } catch (error) {
      this.#options.logger.warn('network-memory-not-written', { error: errorName(error) });
    }
  }
}

/**
 * Those of before stay where there is room: whoever was offline for a while, or for a whole run, may know nobody else. Of a
 * node the first address counts.
 */
function latest(addresses: readonly string[]): string[] {
  const keyOf = (address: string) => address.slice(address.lastIndexOf('/'));
  const byKey = new Map<string, string>();
  for (const address of addresses) if (!byKey.has(keyOf(address))) byKey.set(keyOf(address), address);
  return [...byKey.values()].slice(0, REMEMBERED_NODES);
}

/** What others remember of this node, and what its owner told them, has to stay true across restarts. */
async function bindPort(
  { network, udpPort, host, logger }: NetworkServiceOptions,
  last: Ports,
): Promise<NetworkSocket> {
  const wanted = udpPort === 0 ? [last.port, last.substitutePort].filter((port) => port !== 0) : [];
  for (const port of wanted) {
    try {
      return await network.bind({ port, host });
    } catch (error) {
      if (!(error instanceof PortInUseError || error instanceof AddressUnusableError)) throw error;
      logger.info('port-of-earlier-runs-taken', { port });
    }
  }
  return network.bind({ port: udpPort, host });
}

/**
 * A port that was taken once is wanted again next time: bootstrap addresses and rules of routers name it. What is used
 * meanwhile is kept beside it, so that a node whose port is taken for good does not change its port at every start.
 */
function portsToRemember(asked: number, last: Ports, bound: number): Ports {
  if (asked !== 0 || last.port === 0) return { port: bound, substitutePort: 0 };
  return { port: last.port, substitutePort: bound === last.port ? last.substitutePort : bound };
}

function parseOrThrow(address: string): NodeAddress {
  const parsed = parseNodeAddress(address);
  if (!parsed.ok) throw new ApiError('bad-address', parsed.message, { reason: parsed.reason });
  return parsed.value;
}

function parsedOrNothing(address: string): NodeAddress[] {
  const parsed = parseNodeAddress(address);
  return parsed.ok ? [parsed.value] : [];
}
