import { ApiError } from '../api/errors.ts';
import type { NetworkStatus, NodeView } from '../api/views.ts';
import { nodeKeyPairFromSeed } from '../crypto/crypto.ts';
import { Dht } from '../dht/dht.ts';
import { K, type TableEntry } from '../dht/routing-table.ts';
import type { Contact } from '../dht/types.ts';
import { toHex } from '../ids/bytes.ts';
import { formatNodeAddress, parseNodeAddress } from '../ids/node-address.ts';
import type { LinkStats } from '../link/types.ts';
import { Transport } from '../net/transport.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import { Emitter } from '../ports/events.ts';
import type { Files } from '../ports/files.ts';
import type { Logger } from '../ports/logger.ts';
import { formatEndpoint, type Network } from '../ports/network.ts';
import type { Random } from '../ports/random.ts';
import { BUILT_IN_BOOTSTRAP } from './bootstrap-nodes.ts';
import { readNodeMemory, readOrMakeNodeSeed, writeNodeMemory } from './node-files.ts';

/** Good nodes remembered for the next run. */
const REMEMBERED_NODES = 32;
const REMEMBER_EVERY_MS = 5 * 60_000;
/** The network page is told of changes at most this often. */
const CHANGE_PAUSE_MS = 1_000;

export interface NetworkServiceOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly files: Files;
  readonly network: Network;
  readonly udpPort: number;
  readonly host?: string;
  /** HOST:PORT/PUBLICKEY each. */
  readonly bootstrap: readonly string[];
  readonly lan: boolean;
}

/** What the service does not know itself: links belong to the open profile. */
export type LinkOverview = () => readonly { readonly friend: string; readonly stats: LinkStats }[];

/** The node that this computer is: UDP port, DHT, bootstrap entries. It runs whether a profile is open or not. */
export class NetworkService {
  readonly changed = new Emitter<void>();
  linkOverview: LinkOverview = () => [];
  readonly transport: Transport;
  readonly dht: Dht;
  readonly #options: NetworkServiceOptions;
  readonly #userBootstrap: Set<string>;
  readonly #nodeKeyHex: string;
  #saveTimer: Timer | undefined;
  #changeTimer: Timer | undefined;
  #running = true;

  private constructor(
    options: NetworkServiceOptions,
    parts: { transport: Transport; dht: Dht; nodeKeyHex: string; user: readonly string[] },
  ) {
    this.#options = options;
    this.transport = parts.transport;
    this.dht = parts.dht;
    this.#nodeKeyHex = parts.nodeKeyHex;
    this.#userBootstrap = new Set(parts.user);
    this.dht.onChanged(() => this.#announceChange());
    this.#saveTimer = options.clock.every(REMEMBER_EVERY_MS, () => void this.#remember());
  }

  /** Binds the port and starts to join the network. @throws {PortInUseError}; ApiError `bad-address` for a bad option. */
  static async start(options: NetworkServiceOptions): Promise<NetworkService> {
    const { files, random, network, clock, logger } = options;
    const given = options.bootstrap.map(parseOrThrow);
    const [memory, seed] = await Promise.all([readNodeMemory(files), readOrMakeNodeSeed(files, random.bytes(32))]);
    const keys = nodeKeyPairFromSeed(seed);
    const socket = await network.bind({ port: options.udpPort, host: options.host });
    const transport = new Transport({ socket, logger });
    const known = [...BUILT_IN_BOOTSTRAP, ...memory.bootstrap, ...memory.nodes].flatMap(parsedOrNothing);
    const dht = new Dht({ transport, keys, clock, random, logger, bootstrap: [...given, ...known], lan: options.lan });
    dht.start();
    const user = [...new Set([...memory.bootstrap])];
    return new NetworkService(options, { transport, dht, nodeKeyHex: toHex(keys.publicKey), user });
  }

  /** What another node needs to begin with this one. */
  bootstrapAddress(): string {
    const [best] = this.dht.endpoints();
    const host = best?.host ?? this.#options.host ?? '127.0.0.1';
    return `${formatEndpoint({ host, port: this.transport.port })}/${this.#nodeKeyHex}`;
  }

  /** @throws ApiError `bad-address`. */
  async addBootstrap(address: string): Promise<void> {
    const { key, endpoint } = parseOrThrow(address);
    this.dht.bootstrap(key, endpoint);
    this.#userBootstrap.add(formatNodeAddress({ key, endpoint }));
    await this.#remember();
    this.#announceChange();
  }

  async removeBootstrap(address: string): Promise<void> {
    const { key, endpoint } = parseOrThrow(address);
    this.dht.forgetBootstrap(key, endpoint);
    this.#userBootstrap.delete(formatNodeAddress({ key, endpoint }));
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
      lan: this.#options.lan,
      nodeCount: dht.table.size,
      buckets: dht.table
        .occupied()
        .map(({ index, entries }) => ({ prefix: index, capacity: K, nodes: entries.map(this.#nodeView) })),
      neighbours: dht.neighbours().map(this.#nodeView),
      bootstrap: dht.bootstrapStates().flatMap(({ contact, state }) => this.#bootstrapView(contact, state)),
      links: this.linkOverview().map(({ friend, stats }) => ({
        friend,
        address: formatEndpoint(stats.remote),
        rttMs: stats.rttMs ?? null,
        epoch: stats.epoch,
        epochAgeMs: stats.epochAgeMs,
        nextEpochInMs: stats.nextEpochInMs,
      })),
      traffic: { ...transport.traffic },
      dropped: transport.drops.all(),
    };
  }

  async stop(): Promise<void> {
    if (!this.#running) return;
    this.#running = false;
    this.#saveTimer?.cancel();
    this.#changeTimer?.cancel();
    await this.#remember();
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

  /** Last run's nodes are entry points too, but nothing a person put there: they are not shown. */
  #bootstrapView(contact: Contact, state: NetworkStatus['bootstrap'][number]['state']): NetworkStatus['bootstrap'] {
    const address = formatNodeAddress(contact);
    const builtIn = BUILT_IN_BOOTSTRAP.includes(address);
    const given = this.#options.bootstrap.includes(address);
    return builtIn || given || this.#userBootstrap.has(address) ? [{ address, state, builtIn }] : [];
  }

  #announceChange(): void {
    if (!this.#running) return;
    this.#changeTimer ??= this.#options.clock.after(CHANGE_PAUSE_MS, () => {
      this.#changeTimer = undefined;
      this.changed.emit();
    });
  }

  /** A full disk must not stop the node: what is lost is a head start. */
  async #remember(): Promise<void> {
    const nodes = this.dht.goodNodes(REMEMBERED_NODES).map(formatNodeAddress);
    try {
      await writeNodeMemory(this.#options.files, { bootstrap: [...this.#userBootstrap], nodes });
    } catch (error) {
      this.#options.logger.warn('network-memory-not-written', { error: String(error) });
    }
  }
}

type ParsedAddress = { readonly key: Contact['key']; readonly endpoint: Contact['endpoint'] };

function parseOrThrow(address: string): ParsedAddress {
  const parsed = parseNodeAddress(address);
  if (!parsed.ok) throw new ApiError('bad-address', parsed.message, { reason: parsed.reason });
  return parsed.value;
}

function parsedOrNothing(address: string): ParsedAddress[] {
  const parsed = parseNodeAddress(address);
  return parsed.ok ? [parsed.value] : [];
}
