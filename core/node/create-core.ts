import { join } from 'node:path';
import type { ApiEvent, EventName, EventPayload } from '../api/contract.ts';
import { toHex } from '../ids/bytes.ts';
import type { Link } from '../link/types.ts';
import { Emitter, type Unsubscribe } from '../ports/events.ts';
import type { CoreOptions, RunningCore } from './core-factory.ts';
import { createHandlers, toApiError } from './handlers.ts';
import { NetworkService } from './network-service.ts';
import { faultError } from './profile-fault.ts';
import { ProfileFolder } from './profile-folder.ts';
import { ProfileService } from './profile-service.ts';
import { openProfileStore, ProfileSession } from './profile-session.ts';
import { ProfileVault } from './profile-vault.ts';
import { openRelayHost } from './relay-host.ts';

const RELAY_FILE = 'relay.db';

/**
 * Puts a node together: network, profile, and the contract on top of them.
 *
 * @throws {PortInUseError}; ApiError `bad-address`, `disk-full`, and for a profile that cannot be opened, unless
 *   `startDamaged`, `database-corrupt`, `profile-unreadable`, `key-store-unavailable`
 */
export async function createCore(options: CoreOptions): Promise<RunningCore> {
  await tidy(options);
  const lan = options.lan && process.env.PARLEY_LAN !== 'off';
  const network = await NetworkService.start({
    ...options,
    lan,
    openRelay: (parts) => openRelayHost(join(options.dataDir, RELAY_FILE), { ...options, ...parts }),
    resolve: resolveName,
    openLan: async () => {
      // Loaded when it is to be used: Node's datagrams are needed for nothing else.
      const { openLanMulticast } = await import('./adapters/lan-multicast.ts');
      return openLanMulticast({ enabled: lan, logger: options.logger, environment: process.env });
    },
  });
  const folder = new ProfileFolder(options.dataDir, () => options.clock.wall());
  const damaged = () => void profile.foundDamaged();
  const profile: ProfileService = new ProfileService({
    ...options,
    vault: new ProfileVault(options),
    folder,
    beginSession: (secrets, inside) =>
      new ProfileSession({
        ...options,
        secrets,
        databasePath: folder.databasePath(inside),
        isNew: true,
        network,
        damaged,
      }),
    openSession: (secrets) =>
      new ProfileSession({ ...options, secrets, databasePath: folder.databasePath(), isNew: false, network, damaged }),
    openStore: (secrets, inside) =>
      openProfileStore({ ...options, secrets, databasePath: folder.databasePath(inside), isNew: false }),
  });
  const core = new Core(profile, network);
  try {
    await profile.start();
    const view = profile.view();
    if (view.state === 'damaged' && options.startDamaged !== true) throw faultError(view.fault);
    if (options.ephemeralProfile !== undefined && profile.view().state === 'missing') {
      await profile.create({ name: options.ephemeralProfile });
    }
    return core;
  } catch (error) {
    await core.stop();
    throw toApiError(error);
  }
}

/** Before anything is written. What cannot be removed now, as a virus scanner holds it, goes at the next start. */
async function tidy({ files, logger }: CoreOptions): Promise<void> {
  try {
    await files.tidy();
  } catch (error) {
    logger.warn('unfinished-files-not-removed', { error: String((error as { code?: unknown }).code) });
  }
}

/** The core as the shells see it: handlers, events with revisions, and an orderly end. */
class Core implements RunningCore {
  readonly handlers: RunningCore['handlers'];
  readonly audio: RunningCore['audio'] = {
    attach: (call, sink) => this.#profile.openSession?.messenger.calls.attach(call, sink),
  };
  readonly #profile: ProfileService;
  readonly #network: NetworkService;
  readonly #events = new Emitter<ApiEvent>();
  #sessionEvents: Unsubscribe[] = [];
  /** Links that went up, by the friend's key in hexadecimal. */
  readonly #links = new Map<string, Link>();
  #revision = 0;
  #stopping: Promise<void> | undefined;

  constructor(profile: ProfileService, network: NetworkService) {
    this.#profile = profile;
    this.#network = network;
    this.handlers = createHandlers(profile, network);
    profile.changed.on((view) => this.#emit('profile.changed', view));
    profile.sessionChanged.on((session) => this.#follow(session));
    network.changed.on(() => this.#announceNetwork());
    network.linkOverview = () => this.#linkOverview();
  }

  get revision(): number {
    return this.#revision;
  }

  onEvent(listener: (event: ApiEvent) => void): Unsubscribe {
    return this.#events.on(listener);
  }

  info(): ReturnType<RunningCore['info']> {
    const { transport, dht } = this.#network;
    return {
      publicId: this.#profile.openSession?.publicId ?? null,
      nodeId: toHex(dht.nodeId),
      bootstrapAddress: this.#network.bootstrapAddress(),
      udpPort: transport.port,
    };
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#end();
    return this.#stopping;
  }

  async #end(): Promise<void> {
    await this.#profile.stop();
    await this.#network.stop();
    this.#events.clear();
  }

  #follow(session: ProfileSession | undefined): void {
    for (const end of this.#sessionEvents) end();
    this.#sessionEvents = [];
    this.#links.clear();
    if (session === undefined) return;
    const { messenger, links, elsewhere } = session;
    this.#sessionEvents = [
      messenger.onFriendChanged((change) => this.#emit('friends.changed', change)),
      messenger.onRequest((change) => this.#emit('friends.requested', change)),
      messenger.onMessagesReceived((received) => this.#emit('messages.received', received)),
      messenger.onMessagesChanged((changed) => this.#emit('messages.changed', changed)),
      messenger.calls.changed.on((call) => this.#emit('calls.changed', call)),
      messenger.onSettingsChanged((settings) => this.#emit('settings.changed', settings)),
      elsewhere.changed.on(() => this.#emit('profile.changed', this.#profile.view())),
      links.onUp((link) => {
        this.#links.set(toHex(link.peer), link);
        this.#network.changed.emit();
      }),
      links.onDown(({ peer }) => {
        // Not the end of a link that another one has replaced.
        if (this.#links.get(toHex(peer))?.up === false) this.#links.delete(toHex(peer));
        this.#network.changed.emit();
      }),
    ];
  }

  /** Without the database, so that the network page works when that is damaged. */
  #linkOverview(): ReturnType<NetworkService['linkOverview']> {
    return [...this.#links].filter(([, link]) => link.up).map(([friend, link]) => ({ friend, stats: link.stats() }));
  }

  #announceNetwork(): void {
    const { dht } = this.#network;
    this.#emit('network.changed', { nodeCount: dht.table.size, reachability: dht.reachability.state, running: true });
  }

  #emit<E extends EventName>(name: E, payload: EventPayload<E>): void {
    this.#revision++;
    this.#events.emit({ name, payload, revision: this.#revision } as ApiEvent);
  }
}

async function resolveName(name: string): Promise<string[]> {
  // Loaded when a name is to be resolved: most starts need none.
  const { lookup } = await import('node:dns/promises');
  return (await lookup(name, { all: true })).map((entry) => entry.address);
}
