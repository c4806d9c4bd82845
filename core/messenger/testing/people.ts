import { hash32, profileKeyPairFromSeed } from '../../crypto/crypto.ts';
import { inviteKeysFromSeed } from '../../crypto/invite-key.ts';
import { type InviteTag, type ProfileKey, toHex } from '../../ids/bytes.ts';
import { encodePublicId } from '../../ids/public-id.ts';
import { type LinkIdentity, linkIdentity } from '../../link/identity.ts';
import { Emitter, type Unsubscribe } from '../../ports/events.ts';
import type { OpenFlusher } from '../../ports/flusher.ts';
import { silentLogger } from '../../ports/logger.ts';
import { Store } from '../../store/store.ts';
import { homeOf } from '../../testing/positions.ts';
import { SeededRandom } from '../../testing/seeded-random.ts';
import { type NodeClock, VirtualClock } from '../../testing/virtual-clock.ts';
import type { DeriveInvite } from '../derivations.ts';
import type { NetworkSight } from '../mail/context.ts';
import { Messenger } from '../messenger.ts';
import type { FriendChange, MessagesChanged, MessagesReceived, MessageView, RequestChange } from '../views.ts';
import { type LinkDouble, LinkNetwork, type LinkNetworkOptions } from './link-double.ts';
import { Carriers, type RelayDouble } from './relay-double.ts';
import { SlowDisk } from './slow-disk.ts';

/** What a messenger reported, in order. */
export interface Reports {
  readonly friends: FriendChange[];
  readonly requests: RequestChange[];
  readonly received: MessagesReceived[];
  readonly changed: MessagesChanged[];
}

/** Where the databases of a World are: a folder of the host (`node/testing/test-disk.ts`). */
export interface TestDisk {
  readonly folder: string;
  /** Copies a file if it is there. */
  copy(from: string, to: string): void;
  /** The folder, with all that is in it. */
  remove(): void;
  /** Virtual time of a flush; absent: every commit is on the disk at once. */
  readonly flushMs?: number;
}

/** Several people in one virtual time, each with a database of its own. For tests. */
export class World {
  readonly clock = new VirtualClock();
  readonly network: LinkNetwork;
  /** Undefined: no mail. */
  readonly carriers: Carriers | undefined;
  readonly people: Person[] = [];
  /** How people find out what follows from a public ID. */
  derive: DeriveInvite = deriveQuickly;

  constructor(
    readonly disk: TestDisk,
    options: LinkNetworkOptions & { readonly mail?: boolean; readonly carrierDelayMs?: number } = {},
  ) {
    this.network = new LinkNetwork(this.clock, options);
    if (options.mail === true)
      this.carriers = new Carriers(this.clock, {
        random: new SeededRandom('carriers'),
        delayMs: options.carrierDelayMs,
      });
  }

  person(name: string): Person {
    const person = new Person(this, name);
    this.people.push(person);
    return person;
  }

  /** Two people who are friends and have a link. */
  async friends(): Promise<[Person, Person]> {
    const [a, b] = [this.person('a'), this.person('b')];
    await befriend(a, b);
    return [a, b];
  }

  close(): void {
    for (const person of this.people) person.crash();
    this.disk.remove();
  }
}

export async function befriend(a: Person, b: Person): Promise<void> {
  const { clock } = a.world;
  const added = a.messenger.friends.add({ publicId: b.publicId, alias: b.name });
  await clock.runFor(100);
  await added;
  const accepted = b.messenger.friends.accept({ publicId: a.hex, alias: a.name });
  await clock.runFor(200);
  await accepted;
}

/** A network that is there, or not. */
class Sight implements NetworkSight {
  readonly #changed = new Emitter<void>();
  connected = true;

  onChanged(listener: () => void): Unsubscribe {
    return this.#changed.on(listener);
  }

  set(connected: boolean): void {
    this.connected = connected;
    this.#changed.emit();
  }
}

/** What follows from a public ID without the slowness that protects the real one. */
export const deriveQuickly: DeriveInvite = async ({ key, tag }) => inviteKeysFromSeed(hash32('quick', key, tag));

export class Person {
  readonly world: World;
  readonly name: string;
  readonly key: ProfileKey;
  readonly identity: LinkIdentity;
  readonly hex: string;
  publicId: string;
  #tag: InviteTag;
  readonly #random: SeededRandom;
  #path: string;
  /** The copy that a power cut would leave. */
  #onDisk = '';
  #copies = 0;
  /** Of a world whose disks take time. */
  disk: SlowDisk | undefined;
  store!: Store;
  links!: LinkDouble;
  relay: RelayDouble | undefined;
  messenger!: Messenger;
  reports!: Reports;
  #clock!: NodeClock;
  /** How far this computer's date is ahead, in ms; from the next start on. */
  clockAheadMs = 0;
  /** Whether this person's node finds others. */
  readonly sight = new Sight();

  constructor(world: World, name: string) {
    this.world = world;
    this.name = name;
    this.#random = new SeededRandom(name);
    this.identity = linkIdentity(profileKeyPairFromSeed(this.#random.bytes(32)));
    this.key = this.identity.profile.publicKey;
    this.hex = toHex(this.key);
    this.#tag = this.#random.bytes(4) as Uint8Array as InviteTag;
    this.publicId = encodePublicId({ key: this.key, tag: this.#tag });
    this.#path = `${world.disk.folder}/${name}.db`;
    this.#run();
  }

  /** Makes the public ID so far useless to strangers. */
  setInviteTag(tag: Uint8Array): void {
    this.#tag = tag as InviteTag;
    this.publicId = encodePublicId({ key: this.key, tag: this.#tag });
    this.messenger.setInviteTag(this.#tag);
  }

  /** The date of this computer is set, while it runs. */
  setClock(aheadMs: number): void {
    this.clockAheadMs = aheadMs;
    this.#clock.skewMs = aheadMs;
  }

  /** Ends in order and starts again. */
  async restart(): Promise<void> {
    await this.messenger.stop();
    await this.links.stop();
    this.store.close();
    this.relay?.kill();
    this.#clock.halt();
    this.#run();
  }

  /** As by kill -9: nothing more happens, and only what is in the files remains. */
  crash(): void {
    this.#clock.halt();
    this.links.kill();
    this.relay?.kill();
    this.store.close();
  }

  /** Crashes in the middle of whatever is going on and starts again from a copy of the files. */
  crashAndRestart(): void {
    const copy = this.backUp();
    this.crash();
    this.#path = copy;
    this.#run();
  }

  /** Starts again from what was flushed; a disk that takes no time has flushed everything. */
  losePower(): void {
    if (this.disk === undefined) return this.crashAndRestart();
    this.crash();
    this.#path = this.#onDisk;
    this.#run();
  }

  /** Loses the database, as after a restore from the recovery words. */
  restartEmpty(): void {
    this.crash();
    this.#path = this.#newPath();
    this.#run();
  }

  /** A copy of the database as it is now; `restore` goes back to it. */
  backUp(): string {
    const copy = this.#newPath();
    for (const suffix of ['', '-wal']) this.world.disk.copy(this.#path + suffix, copy + suffix);
    return copy;
  }

  restore(backup: string): void {
    this.crash();
    this.#path = backup;
    this.#run();
  }

  #newPath(): string {
    return `${this.world.disk.folder}/${this.name}-${++this.#copies}.db`;
  }

  chat(friend: Person): MessageView[] {
    return this.messenger.messages.list({ friend: friend.hex, limit: 500 });
  }

  /** `text:state` of every message of a chat. */
  lines(friend: Person): string[] {
    return this.chat(friend).map((message) => `${message.direction} ${message.text}: ${message.state}`);
  }

  send(friend: Person, text: string): Promise<{ id: string }> {
    return this.messenger.messages.send({ friend: friend.hex, text });
  }

  view(friend: Person) {
    return this.messenger.friends.list().find((view) => view.key === friend.hex);
  }

  #run(): void {
    this.#clock = this.world.clock.node();
    this.#clock.skewMs = this.clockAheadMs;
    this.store = new Store({
      path: this.#path,
      key: new Uint8Array(32).fill(5),
      deviceTag: () => this.#random.bytes(8),
      wall: () => this.#clock.wall(),
      openFlusher: this.#flushers(),
    });
    this.#onDisk = this.backUp();
    this.links = this.world.network.manager(this.key, homeOf(this.identity.profile));
    this.relay = this.world.carriers?.relay(this.#clock);
    this.messenger = new Messenger({
      store: this.store,
      links: this.links,
      clock: this.#clock,
      random: this.#random.fork(`run ${this.#copies} ${this.world.clock.now()}`),
      logger: silentLogger,
      self: { identity: this.identity, tag: this.#tag },
      derive: (id) => this.world.derive(id),
      mail: this.relay && { relay: this.relay, network: this.sight },
    });
    const reports: Reports = { friends: [], requests: [], received: [], changed: [] };
    this.reports = reports;
    this.messenger.onFriendChanged((change) => reports.friends.push(change));
    this.messenger.onRequest((change) => reports.requests.push(change));
    this.messenger.onMessagesReceived((change) => reports.received.push(change));
    this.messenger.onMessagesChanged((change) => reports.changed.push(change));
    this.messenger.start();
    this.links.start();
  }
  #flushers(): OpenFlusher | undefined {
    const { flushMs } = this.world.disk;
    if (flushMs === undefined) return undefined;
    const kept = (copy: string) => {
      this.#onDisk = copy;
    };
    return () => {
      this.disk = new SlowDisk({ clock: this.#clock, flushMs, capture: () => this.backUp(), kept });
      return this.disk;
    };
  }
}

/** The code of what `work` throws, or `none`. */
export async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return 'none';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}
