import { nodeKeyPairFromSeed } from '../crypto/crypto.ts';
import { ContactBook, type KnownContact } from '../dht/contact.ts';
import { type IncomingRequest, Rpc } from '../dht/rpc.ts';
import type { NodeId } from '../ids/bytes.ts';
import { compareDistance } from '../ids/xor.ts';
import { Transport } from '../net/transport.ts';
import { silentLogger } from '../ports/logger.ts';
import type { Endpoint } from '../ports/network.ts';
import { DHT_PORT, type DhtWorld } from './dht-world.ts';

/** `liars`: names other hostile nodes only. `ghosts`: names keys made for the occasion, at which nobody is. */
export type Lie = 'liars' | 'ghosts';

export interface Conspiracy {
  readonly lie: Lie;
  /** All hostile nodes, which know each other. */
  readonly members: KnownContact[];
  /** Keys whose IDs were searched beforehand, so that some lie close to anything. */
  readonly ghosts: readonly KnownContact[];
  /** How late answers come, in ms. */
  readonly delayMs: number;
}

const NAMED = 8;

/** A node that answers what it likes: it says it took routes and drops them, and names its own when asked. */
export class HostileNode {
  readonly contact: KnownContact;
  readonly #rpc: Rpc;
  readonly #world: DhtWorld;
  readonly #conspiracy: Conspiracy;

  private constructor(world: DhtWorld, conspiracy: Conspiracy, parts: { rpc: Rpc; contact: KnownContact }) {
    this.#world = world;
    this.#conspiracy = conspiracy;
    this.#rpc = parts.rpc;
    this.contact = parts.contact;
    this.#rpc.onRequest = (request) => {
      world.clock.after(conspiracy.delayMs, () => this.#answer(request));
    };
  }

  static async start(world: DhtWorld, conspiracy: Conspiracy): Promise<HostileNode> {
    const { clock, random, network } = world;
    const number = conspiracy.members.length;
    const endpoint = { host: `60.${number >> 8}.${number & 255}.1`, port: DHT_PORT };
    const keys = nodeKeyPairFromSeed(random.bytes(32));
    const book = new ContactBook(100_000);
    const socket = await network.host(endpoint.host).bind({ port: DHT_PORT, host: endpoint.host });
    const transport = new Transport({ socket, logger: silentLogger });
    const rpc = new Rpc({ transport, keys, clock, random, book, leaf: () => false });
    const node = new HostileNode(world, conspiracy, { rpc, contact: book.of(keys.publicKey, endpoint) });
    conspiracy.members.push(node.contact);
    return node;
  }

  /** Asks everybody something, so that they take it into their tables. */
  intrude(): void {
    for (const { entry } of this.#world.nodes) {
      const to = new ContactBook(1).of(entry.key, entry.endpoint);
      this.#rpc.request(to, { kind: 'ping', body: { token: undefined, padding: new Uint8Array(32) } }, () => {});
    }
  }

  #answer(request: IncomingRequest): void {
    const { body, from } = request;
    const token = undefined;
    const observed: Endpoint = from.endpoint;
    if (body.kind === 'ping') request.reply({ kind: 'pong', body: { token, observed } });
    else if (body.kind === 'register')
      request.reply({ kind: 'registered', body: { token, accepted: 1, pass: body.body.pass } });
    else if (body.kind === 'route') request.reply({ kind: 'routeAck', body: { token } });
    else if (body.kind === 'findNode') {
      const contacts = this.#named(body.body.target).map(({ packed }) => packed);
      request.reply({ kind: 'nodes', body: { token, observed, contacts } });
    }
  }

  #named(target: NodeId): KnownContact[] {
    const { lie, members, ghosts } = this.#conspiracy;
    const all = lie === 'liars' ? members : ghosts;
    return [...all].sort((a, b) => compareDistance(target, a.id, b.id)).slice(0, NAMED);
  }
}
