import type { RelayReply, RelayRequest } from '../codec/dht.ts';
import { type KnownContact, nameOf } from '../dht/contact.ts';
import { ROOTS } from '../dht/registrar.ts';
import type { RelayIncoming, RelayNetwork } from '../dht/relay-network.ts';
import type { NodeId, NodeKey } from '../ids/bytes.ts';
import { Emitter, type Unsubscribe } from '../ports/events.ts';
import type { FastNetwork, FastPlace } from './fast-network.ts';

/** How long a root keeps a registration, and how often it is made anew (`core/dht/registrar.ts`). */
const REGISTRATION_MS = 600_000;
const REFRESH_MS = 240_000;

/** One session of a computer in a {FastNetwork}. */
export class FastNode implements RelayNetwork {
  readonly place: FastPlace;
  readonly leaf: boolean;
  /** False once it has crashed. */
  up = true;
  connected = false;
  readonly #world: FastNetwork;
  readonly #changed = new Emitter<void>();
  readonly #newNode = new Emitter<KnownContact>();
  readonly #newLeaf = new Emitter<{ readonly position: NodeId; readonly contact: KnownContact }>();
  readonly #leaves = new Map<string, Map<string, { readonly contact: KnownContact; readonly until: number }>>();
  #handler: (request: RelayIncoming) => void = () => {};

  constructor(world: FastNetwork, place: FastPlace, leaf: boolean) {
    this.#world = world;
    this.place = place;
    this.leaf = leaf;
  }

  get nodeId(): NodeId {
    return this.place.contact.id;
  }

  get nodeKey(): NodeKey {
    return this.place.contact.key;
  }

  onChanged(listener: () => void): Unsubscribe {
    return this.#changed.on(listener);
  }

  closest(target: NodeId): Promise<readonly KnownContact[]> {
    return this.#world.closest(this, target);
  }

  nextHops(target: NodeId): readonly KnownContact[] {
    return this.connected ? this.#world.nextHops(this, target) : [];
  }

  request(to: KnownContact, body: RelayRequest): Promise<RelayReply | undefined> {
    return this.#world.request(this, to, body);
  }

  serve(handler: (request: RelayIncoming) => void): void {
    this.#handler = handler;
  }

  onNewNode(listener: (contact: KnownContact) => void): Unsubscribe {
    return this.#newNode.on(listener);
  }

  leavesAt(position: NodeId): readonly KnownContact[] {
    const now = this.#world.clock.now();
    const leaves = [...(this.#leaves.get(nameOf(position))?.values() ?? [])];
    return leaves.filter(({ until }) => until > now).map(({ contact }) => contact);
  }

  onLeaf(listener: (leaf: { readonly position: NodeId; readonly contact: KnownContact }) => void): Unsubscribe {
    return this.#newLeaf.on(listener);
  }

  /** As `Dht.register` does for a profile: registered at the roots of its position, now and then again. */
  async register(position: NodeId): Promise<void> {
    while (this.up) {
      for (const { name } of (await this.closest(position)).slice(0, ROOTS)) {
        const root = this.#world.nodeAt(name);
        this.#world.clock.after(this.#world.oneWayMs(this.place, name), () => root?.admitLeaf(position, this));
      }
      await this.#world.sleep(REFRESH_MS);
    }
  }

  /** The computer is gone from one moment to the next. Idempotent. */
  crash(): void {
    if (!this.up) return;
    this.up = false;
    this.connected = false;
    this.#handler = () => {};
    for (const emitter of [this.#changed, this.#newNode, this.#newLeaf]) emitter.clear();
    this.#world.leave(this);
  }

  /** For the network. */
  connect(): void {
    if (!this.up) return;
    this.connected = true;
    this.#changed.emit();
  }

  /** For the network. */
  receive(request: RelayIncoming): void {
    this.#handler(request);
  }

  /** For the network: this node entered the table. */
  met(contact: KnownContact): void {
    if (this.up) this.#newNode.emit(contact);
  }

  /** For the network. */
  admitLeaf(position: NodeId, leaf: FastNode): void {
    if (!this.up || !leaf.up) return;
    const name = nameOf(position);
    const { contact } = leaf.place;
    const leaves = this.#leaves.get(name) ?? new Map();
    this.#leaves.set(name, leaves.set(contact.name, { contact, until: this.#world.clock.now() + REGISTRATION_MS }));
    this.#newLeaf.emit({ position, contact });
  }
}
