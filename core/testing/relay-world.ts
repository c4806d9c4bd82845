import { createProfileKeyPair, nodeKeyPairFromSeed, type ProfileKeyPair } from '../crypto/crypto.ts';
import { ContactBook, nodeIdOf } from '../dht/contact.ts';
import { Dht } from '../dht/dht.ts';
import { type PositionClaim, positionOfClaim } from '../dht/types.ts';
import type { NodeId, NodeKey } from '../ids/bytes.ts';
import { isCloser } from '../ids/xor.ts';
import { Transport } from '../net/transport.ts';
import { silentLogger } from '../ports/logger.ts';
import { type Envelope, makeEnvelope } from '../relay/envelope.ts';
import { makePermit, makePolicy, type Permit, type Policy } from '../relay/policy.ts';
import { RelayNode } from '../relay/relay.ts';
import type { RelaySettings } from '../relay/settings.ts';
import type { Attendance, AttendOptions, Deposit, DepositState, Reception } from '../relay/types.ts';
import { MemoryCacheDisk } from './memory-cache.ts';
import { otherSeed } from './other-seed.ts';
import { createClaim } from './positions.ts';
import { type Computer, Story, type StoryOptions } from './scenario.ts';

const PORT = 4_000;
const JOIN_EVERY_MS = 20;

/** What runs on a computer between its start and its crash. */
interface Running {
  readonly dht: Dht;
  readonly relay: RelayNode;
  readonly transport: Transport;
}

export interface SendOptions {
  /** Length of the body in bytes, of ENVELOPE_SIZES. */
  readonly size?: number;
  readonly lifeMs?: number;
  /** Without the destination's permit. */
  readonly asStranger?: boolean;
}

/** A computer with a DHT node and a carrier; its key and its relay cache survive a crash. */
export class Carrier {
  readonly computer: Computer;
  readonly disk = new MemoryCacheDisk();
  readonly deposits: { readonly envelope: Envelope; readonly deposit: Deposit; readonly states: DepositState[] }[] = [];
  /** Makes a hostile one of it: called with its DHT node before the carrier starts. */
  corrupt: ((dht: Dht) => void) | undefined;
  readonly #world: RelayWorld;
  #keys: ReturnType<typeof nodeKeyPairFromSeed>;
  #running: Running | undefined;

  /** @param closeTo its node ID is closer to this than that of any node before it */
  constructor(world: RelayWorld, computer: Computer, closeTo?: NodeId) {
    this.#world = world;
    this.computer = computer;
    this.#keys = nodeKeyPairFromSeed(computer.random.bytes(32));
    while (closeTo !== undefined && !world.carriers.every(({ nodeId }) => isCloser(closeTo, this.nodeId, nodeId)))
      this.#keys = nodeKeyPairFromSeed(computer.random.bytes(32));
  }

  get nodeId(): NodeId {
    return nodeIdOf(this.#keys.publicKey);
  }

  get isUp(): boolean {
    return this.#running !== undefined;
  }

  get entry(): { readonly key: NodeKey; readonly endpoint: { readonly host: string; readonly port: number } } {
    return { key: this.#keys.publicKey, endpoint: { host: this.computer.host.address, port: PORT } };
  }

  get dht(): Dht {
    return this.#now.dht;
  }

  get relay(): RelayNode {
    return this.#now.relay;
  }

  get transport(): Transport {
    return this.#now.transport;
  }

  /** Envelopes on its disk, whether it runs or not. */
  get kept(): number {
    return this.disk.envelopes.size;
  }

  keeps(envelope: Envelope): boolean {
    return this.disk.hasSaved(envelope.name);
  }

  async start(): Promise<void> {
    const { computer } = this;
    const { clock, random, host } = computer;
    const socket = await host.bind({ port: PORT, host: host.address });
    const transport = new Transport({ socket, logger: silentLogger });
    const bootstrap = this.#world.entries.filter((entry) => entry.endpoint.host !== host.address);
    const common = { clock, random, logger: silentLogger };
    const dht = new Dht({ ...common, transport, keys: this.#keys, bootstrap, book: this.#world.book });
    const store = this.disk.open({ clock, commitMs: 1 });
    const relay = new RelayNode({
      ...common,
      network: dht,
      store,
      drops: transport.drops,
      settings: this.#world.settings,
    });
    this.#running = { dht, relay, transport };
    this.corrupt?.(dht);
    dht.start();
    relay.start();
  }

  /** From one moment to the next: nothing is said, only the disk stays. */
  crash(): void {
    this.computer.crash();
    this.disk.crash();
    this.#running = undefined;
  }

  async restart(): Promise<void> {
    this.computer.restart();
    await this.start();
  }

  /** Gives an envelope for somebody to the network. */
  send(to: Destination, options: SendOptions = {}): Envelope {
    const { relay, computer } = this;
    const copies = relay.copiesFor(to.position);
    const body = computer.random.bytes(options.size ?? 848);
    const permit = options.asStranger ? undefined : (id: Uint8Array) => to.permit(id);
    const envelope = makeEnvelope({ destination: to.position, copies, body, permit });
    this.look(envelope, options.lifeMs ?? 14 * 86_400_000);
    return envelope;
  }

  /** Looks after an envelope that was made before. */
  look(envelope: Envelope, lifeMs: number): void {
    const states: DepositState[] = [];
    const expiresAt = this.computer.clock.wall() + lifeMs;
    const deposit = this.relay.deposit(envelope, { expiresAt, onState: (state) => states.push(state) });
    this.deposits.push({ envelope, deposit, states });
  }

  isStored(envelope: Envelope): boolean {
    return this.deposits.some((entry) => entry.envelope === envelope && entry.deposit.state.state === 'stored');
  }

  get #now(): Running {
    if (this.#running === undefined) throw new Error(`${this.computer.host.address} is down`);
    return this.#running;
  }
}

/** Somebody to whom envelopes are sent; comes up on a carrier's computer. */
export class Destination {
  readonly claim: PositionClaim;
  readonly position: NodeId;
  /** Friends have it. */
  readonly friendKeys: ProfileKeyPair;
  readonly policy: Policy;
  /** Everything that arrived, in order, twice if it came twice. */
  readonly arrived: Envelope[] = [];
  reception: Reception = 'done';
  attendance: Attendance | undefined;
  caughtUp = false;

  constructor(world: RelayWorld) {
    this.claim = createClaim(world.story.random);
    this.position = positionOfClaim(this.claim.publicKey);
    this.friendKeys = createProfileKeyPair(world.story.random);
    const inviteKey = createProfileKeyPair(world.story.random).publicKey;
    this.policy = makePolicy(this.claim, { number: 1, friendKey: this.friendKeys.publicKey, inviteKey });
  }

  /** What a friend puts on an envelope. */
  permit(id: Uint8Array): Permit {
    return makePermit(id, this.policy, 'friend', this.friendKeys.secretKey);
  }

  comesUpAt(carrier: Carrier, { refreshMs }: Pick<AttendOptions, 'refreshMs'> = {}): void {
    this.caughtUp = false;
    // As a profile does: registered at the roots of its position, besides asking the intermediaries.
    carrier.dht.register(this.claim, () => {});
    this.attendance = carrier.relay.attend({
      claim: this.claim,
      policy: this.policy,
      refreshMs,
      onEnvelope: async (envelope) => {
        if (this.reception === 'done') this.arrived.push(envelope);
        return this.reception;
      },
      onCaughtUp: () => {
        this.caughtUp = true;
      },
    });
  }
}

export interface CarrierOptions {
  /** Its node ID is closer to this than that of any node before it. */
  readonly closeTo?: NodeId;
  readonly skewMs?: number;
  readonly corrupt?: (dht: Dht) => void;
}

/** A network of carriers on the simulated internet. */
export class RelayWorld {
  readonly story: Story;
  readonly book = new ContactBook(100_000);
  readonly carriers: Carrier[] = [];
  readonly settings: Partial<RelaySettings>;

  constructor(seed: string, settings: Partial<RelaySettings> = {}, options: StoryOptions = {}) {
    this.story = new Story(`${seed}${otherSeed()}`, options);
    this.settings = settings;
  }

  /** Whom a starting node asks first. */
  get entries(): Carrier['entry'][] {
    return this.carriers.slice(0, 3).map((carrier) => carrier.entry);
  }

  get up(): Carrier[] {
    return this.carriers.filter((carrier) => carrier.isUp);
  }

  async carrier(options: CarrierOptions = {}): Promise<Carrier> {
    const number = this.carriers.length;
    const address = `${20 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}.1`;
    const computer = this.story.computer(address, { skewMs: options.skewMs ?? 0 });
    const carrier = new Carrier(this, computer, options.closeTo);
    carrier.corrupt = options.corrupt;
    this.carriers.push(carrier);
    await carrier.start();
    return carrier;
  }

  async grow(count: number, settleMs = 30_000): Promise<void> {
    for (let i = 0; i < count; i++) {
      await this.carrier();
      await this.story.pass(JOIN_EVERY_MS);
    }
    await this.story.pass(settleMs);
  }

  /** Computers that run and have it on their disk. */
  holdersOf(envelope: Envelope): Carrier[] {
    return this.up.filter((carrier) => carrier.keeps(envelope));
  }
}
