import { type NodeKeyPair, nodeKeyPairFromSeed } from '../crypto/crypto.ts';
import { ContactBook } from '../dht/contact.ts';
import { Dht } from '../dht/dht.ts';
import type { NodeKey } from '../ids/bytes.ts';
import { Transport } from '../net/transport.ts';
import type { Clock } from '../ports/clock.ts';
import { silentLogger } from '../ports/logger.ts';
import type { Endpoint, Network } from '../ports/network.ts';
import type { Random } from '../ports/random.ts';

/** Nodes that a program remembers for its next run. */
const NODES_KEPT = 64;

export interface DhtNode {
  readonly dht: Dht;
  readonly transport: Transport;
  readonly keys: NodeKeyPair;
  readonly entry: { readonly key: NodeKey; readonly endpoint: Endpoint };
}

export interface DhtNetworkOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The network of the host with this number, and the address others reach it by. */
  readonly host: (index: number) => { readonly network: Network; readonly address: string };
  readonly port?: number;
}

interface Place {
  readonly network: Network;
  readonly address: string;
  readonly port: number;
}

interface Start extends Place {
  readonly keys: NodeKeyPair;
  readonly bootstrap: readonly { readonly key: NodeKey; readonly endpoint: Endpoint }[];
  readonly leaf: boolean;
}

/** Makes DHT nodes that bootstrap from the first one: over the simulated network, or over loopback. */
export class DhtNetwork {
  readonly nodes: DhtNode[] = [];
  readonly #options: DhtNetworkOptions;
  readonly #book = new ContactBook(100_000);

  constructor(options: DhtNetworkOptions) {
    this.#options = options;
  }

  /** Starts one more node, a full one unless told otherwise; it knows the first node only. */
  async add({ leaf = false }: { leaf?: boolean } = {}): Promise<DhtNode> {
    const { random, port = 0 } = this.#options;
    const { network, address } = this.#options.host(this.nodes.length);
    const keys = nodeKeyPairFromSeed(random.bytes(32));
    const first = this.nodes[0];
    const bootstrap = first === undefined ? [] : [first.entry];
    const node = await this.#start({ network, address, keys, bootstrap, leaf, port });
    this.nodes.push(node);
    return node;
  }

  /** The program ended without a word and runs again, with the nodes it knew: a new node with the same keys. */
  async restart(node: DhtNode, { network, address, port }: Place): Promise<DhtNode> {
    const bootstrap = node.dht.goodNodes(NODES_KEPT).map(({ key, endpoint }) => ({ key, endpoint }));
    const again = await this.#start({ network, address, keys: node.keys, bootstrap, leaf: node.dht.leaf, port });
    this.nodes[this.nodes.indexOf(node)] = again;
    return again;
  }

  async #start({ network, address, port, keys, bootstrap, leaf }: Start): Promise<DhtNode> {
    const { clock, random } = this.#options;
    const socket = await network.bind({ port, host: address });
    const transport = new Transport({ socket, logger: silentLogger });
    const dht = new Dht({ transport, keys, clock, random, logger: silentLogger, bootstrap, leaf, book: this.#book });
    const endpoint = { host: address, port: socket.port };
    const node = { dht, transport, keys, entry: { key: keys.publicKey, endpoint } };
    dht.start();
    return node;
  }

  async stop(): Promise<void> {
    for (const { dht } of this.nodes) dht.stop();
    await Promise.all(this.nodes.map(({ transport }) => transport.close()));
  }
}
