import type { KnownContact } from '../dht/contact.ts';
import { nameOf } from '../dht/contact.ts';
import { REGISTRATION_LIFETIME_S } from '../dht/registrar.ts';
import type { RelayNetwork } from '../dht/relay-network.ts';
import { positionOfClaim } from '../dht/types.ts';
import type { NodeId } from '../ids/bytes.ts';
import type { DropCounter } from '../net/transport.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import { Emitter, type Unsubscribe } from '../ports/events.ts';
import type { Logger } from '../ports/logger.ts';
import type { Random } from '../ports/random.ts';
import type { RelayCacheStore } from '../store/relay-cache.ts';
import { AttendanceAt } from './attendance.ts';
import { Cache } from './cache.ts';
import type { RelayContext } from './context.ts';
import { DepositOf } from './deposits.ts';
import { Distrust } from './distrust.ts';
import type { Envelope } from './envelope.ts';
import { Transfers } from './exchange.ts';
import { Keeper, OWN_WIDTH } from './keeper.ts';
import { Placements } from './placements.ts';
import { copyPositions } from './positions.ts';
import { Server } from './server.ts';
import { DEFAULT_SETTINGS, type RelaySettings } from './settings.ts';
import type { Attendance, AttendOptions, Deposit, DepositOptions, Relay, RelayStats } from './types.ts';
import { Watcher, type WatcherOptions, type WatchPort } from './watch.ts';

/** The network page is told of changes at most this often. */
const CHANGE_PAUSE_MS = 1_000;

export interface RelayNodeOptions {
  readonly network: RelayNetwork;
  readonly store: RelayCacheStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly drops: DropCounter;
  readonly settings?: Partial<RelaySettings>;
  /** Experiments with many nodes watch partners in a cheaper way. */
  readonly makeWatcher?: (options: WatcherOptions) => WatchPort;
}

/** A carrier, a sender and a destination of envelopes: what this computer does for messages to people who are away. */
export class RelayNode implements Relay {
  readonly #context: RelayContext;
  readonly #keeper: Keeper;
  readonly #server: Server;
  readonly #watcher: WatchPort;
  readonly #deposits = new Set<DepositOf>();
  readonly #placements: Placements;
  readonly #changed = new Emitter<void>();
  readonly #unsubscribe: Unsubscribe[] = [];
  #changeTimer: Timer | undefined;
  #running = false;

  constructor(options: RelayNodeOptions) {
    const { clock, store, random } = options;
    const settings = { ...DEFAULT_SETTINGS, ...options.settings };
    const cache = new Cache({ store, clock, settings });
    const counters = { taken: 0, handedOn: 0, freed: 0, expired: 0 };
    const transfers = new Transfers(options.network);
    const marks = { distrust: new Distrust(clock), silent: new Distrust(clock) };
    const context = { ...options, settings, cache, counters, transfers, ...marks };
    const { watchMs, watchPerPartnerMs } = settings;
    const silent = (partner: KnownContact) => this.#keeper.custodian.onSilent(partner);
    const watcherOptions = { clock, random, watchMs, watchPerPartnerMs, silent };
    this.#context = context;
    this.#placements = new Placements(clock);
    this.#watcher = options.makeWatcher?.(watcherOptions) ?? new Watcher(watcherOptions);
    this.#keeper = new Keeper({ context, watcher: this.#watcher, changed: () => this.#announce() });
    this.#server = new Server(context, this.#keeper);
  }

  /** Idempotent. What an earlier run left on the disk is taken up. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    const { network } = this.#context;
    const { custodian } = this.#keeper;
    network.serve((request) => {
      if (this.#running) this.#server.serve(request);
    });
    this.#unsubscribe.push(
      network.onNewNode((contact) => custodian.onNewNode(contact)),
      network.onLeaf(({ position, contact }) => this.#onLeaf(position, contact)),
    );
    custodian.start();
  }

  /** Idempotent. Other nodes are answered no more. The cache's store belongs to the caller. */
  stop(): void {
    this.#running = false;
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    for (const attendance of [...this.#keeper.attendances.values()]) attendance.close();
    for (const deposit of [...this.#deposits]) deposit.close();
    this.#placements.stop();
    this.#keeper.stop();
    this.#watcher.stop();
    this.#changeTimer?.cancel();
    this.#changed.clear();
  }

  copiesFor(destination: NodeId): number {
    const { network, settings } = this.#context;
    if (settings.copies === 0) return 0;
    const mayBeOurs = (position: NodeId) => network.nextHops(position).length < OWN_WIDTH;
    return settings.copies + (copyPositions(destination, settings.copies).some(mayBeOurs) ? 1 : 0);
  }

  deposit(envelope: Envelope, options: DepositOptions): Deposit {
    const { cache } = this.#context;
    const host = {
      context: this.#context,
      courier: this.#keeper.courier,
      placements: this.#placements,
      holds: ({ name }: Envelope) => {
        const kept = cache.get(name);
        return kept !== undefined && !cache.isReserve(kept);
      },
      closed: (closed: DepositOf) => this.#deposits.delete(closed),
    };
    const deposit = new DepositOf(host, envelope, options);
    this.#deposits.add(deposit);
    return deposit;
  }

  attend(options: AttendOptions): Attendance {
    const { attendances } = this.#keeper;
    const name = nameOf(positionOfClaim(options.claim.publicKey));
    attendances.get(name)?.close();
    const host = {
      context: this.#context,
      freed: this.#keeper.freeOwn.bind(this.#keeper),
      askedAll: this.#keeper.collectOwn.bind(this.#keeper),
      ended: (ended: AttendanceAt) => attendances.get(name) === ended && attendances.delete(name),
      isHere: (destination: NodeId) => attendances.has(nameOf(destination)),
    };
    const attendance = new AttendanceAt(host, options);
    attendances.set(name, attendance);
    return attendance;
  }

  stats(): RelayStats {
    const { cache, counters } = this.#context;
    const { envelopes, bytes, destinations, capacity } = cache;
    let waiting = 0;
    for (const attendance of this.#keeper.attendances.values()) waiting += attendance.waiting;
    return { carried: { envelopes, bytes, destinations }, capacity, waiting, ...counters };
  }

  setCapacity(bytes: number): void {
    this.#keeper.custodian.leave(this.#context.cache.setCapacity(bytes));
    this.#announce();
  }

  onChanged(listener: () => void): Unsubscribe {
    return this.#changed.on(listener);
  }

  /** A leaf registered here as the root of its position: what is kept at its own root moves to it (L:22). */
  #onLeaf(position: NodeId, contact: KnownContact): void {
    const { custodian } = this.#keeper;
    if (custodian.waitingFor(position) > 0)
      custodian.deliveryTo(position).registered(contact, REGISTRATION_LIFETIME_S * 1_000);
  }

  #announce(): void {
    this.#changeTimer ??= this.#context.clock.after(CHANGE_PAUSE_MS, () => {
      this.#changeTimer = undefined;
      this.#changed.emit();
    });
  }
}
