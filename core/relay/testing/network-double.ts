import type { RelayReply, RelayRequest } from '../../codec/dht.ts';
import { ContactBook, type KnownContact } from '../../dht/contact.ts';
import type { ClosestOptions, RelayIncoming, RelayNetwork } from '../../dht/relay-network.ts';
import { type NodeId, nodeKey } from '../../ids/bytes.ts';
import type { Random } from '../../ports/random.ts';

interface Sent {
  readonly to: KnownContact;
  readonly body: RelayRequest;
}

/** A network in the hands of a test: it says who is there, what they answer, and what comes in. */
export class NetworkDouble implements RelayNetwork {
  connected = true;
  leaf = false;
  /** Answers of `closest` and `nextHops`. */
  near: KnownContact[] = [];
  hops: KnownContact[] = [];
  /** Each tells one who asked for the closest nodes of a node that answered afterwards. */
  readonly late: ((contact: KnownContact) => void)[] = [];
  leaves: KnownContact[] = [];
  /** Everything this node asked others. */
  readonly sent: Sent[] = [];
  /** What others answer; nothing by default. */
  answer: (to: KnownContact, body: RelayRequest) => Promise<RelayReply | undefined> | RelayReply | undefined = () =>
    undefined;
  readonly nodeKey;
  readonly nodeId: NodeId;
  readonly #book = new ContactBook();
  readonly #random: Random;
  #handler: (request: RelayIncoming) => void = () => {};
  #leafCame: (leaf: { position: NodeId; contact: KnownContact }) => void = () => {};
  #nodes = 0;

  constructor(random: Random) {
    this.#random = random;
    const self = this.somebody();
    this.nodeKey = self.key;
    this.nodeId = self.id;
  }

  /** A node at an address of its own, or at this one. */
  somebody(at?: string): KnownContact {
    this.#nodes++;
    const host = at ?? `20.0.${this.#nodes >> 8}.${this.#nodes & 255}`;
    return this.#book.of(nodeKey(this.#random.bytes(32)), { host, port: 4_000 });
  }

  /** Somebody asks this node; the reply, when there is one. */
  async ask(from: KnownContact, body: RelayRequest, proven = true): Promise<RelayReply> {
    return new Promise((resolve) => this.#handler({ body, from, proven, reply: resolve }));
  }

  onChanged(): () => void {
    return () => {};
  }

  async closest(_target: NodeId, { late = () => {} }: ClosestOptions = {}): Promise<readonly KnownContact[]> {
    this.late.push(late);
    return this.near;
  }

  nextHops(): readonly KnownContact[] {
    return this.hops;
  }

  async request(to: KnownContact, body: RelayRequest): Promise<RelayReply | undefined> {
    this.sent.push({ to, body });
    return this.answer(to, body);
  }

  serve(handler: (request: RelayIncoming) => void): void {
    this.#handler = handler;
  }

  onNewNode(): () => void {
    return () => {};
  }

  leavesAt(): readonly KnownContact[] {
    return this.leaves;
  }

  onLeaf(listener: (leaf: { position: NodeId; contact: KnownContact }) => void): () => void {
    this.#leafCame = listener;
    return () => {};
  }

  /** A leaf registers at this node. */
  register(position: NodeId, contact: KnownContact): void {
    this.#leafCame({ position, contact });
  }

  /** Requests of this kind to this node. */
  sentTo<K extends RelayRequest['kind']>(to: KnownContact, kind: K): Extract<RelayRequest, { kind: K }>[] {
    const bodies = this.sent.filter((sent) => sent.to.name === to.name).map(({ body }) => body);
    return bodies.filter((body): body is Extract<RelayRequest, { kind: K }> => body.kind === kind);
  }
}
