import type { RelayReply, RelayRequest } from '../codec/dht.ts';
import type { NodeId, NodeKey } from '../ids/bytes.ts';
import type { Unsubscribe } from '../ports/events.ts';
import type { KnownContact } from './contact.ts';

/** A request between carriers that came in. */
export interface RelayIncoming {
  readonly body: RelayRequest;
  readonly from: KnownContact;
  /** The sender has shown that it receives at its address. */
  readonly proven: boolean;
  /** At most once, now or later. */
  reply(body: RelayReply): void;
}

export interface ClosestOptions {
  readonly late?: (contact: KnownContact) => void;
  readonly again?: boolean;
}

/**
 * What custody of envelopes needs of the DHT (`core/relay`). The real one is `Dht`; experiments with many nodes use a
 * modelled one (`core/testing/fast-network.ts`).
 */
export interface RelayNetwork {
  readonly nodeId: NodeId;
  /** Key of this node, 32 bytes. */
  readonly nodeKey: NodeKey;
  /** True while at least one other node answers. */
  readonly connected: boolean;
  /** True when this node takes no part in the DHT: it carries nothing for others. */
  readonly leaf: boolean;
  onChanged(listener: () => void): Unsubscribe;
  /**
   * Live nodes closest to `target` by a lookup, closest first, without this one; empty when nobody answers. `late` is told
   * of others, near or far, whose answer was not waited for and came afterwards. `again`: as in
   * `LookupChoice`; where only those were asked who were the closest, fewer may be found.
   */
  closest(target: NodeId, options?: ClosestOptions): Promise<readonly KnownContact[]>;
  /** Known nodes strictly closer to `target` than this one, best next hop first. */
  nextHops(target: NodeId): readonly KnownContact[];
  /** The reply, or undefined when none came to any attempt. Never rejects. */
  request(to: KnownContact, body: RelayRequest): Promise<RelayReply | undefined>;
  /** One handler; requests before it is set stay unanswered. */
  serve(handler: (request: RelayIncoming) => void): void;
  /** A node entered the routing table. */
  onNewNode(listener: (contact: KnownContact) => void): Unsubscribe;
  /** Leaves registered here at this position. */
  leavesAt(position: NodeId): readonly KnownContact[];
  /** Somebody registered at a position of which this node is a root. */
  onLeaf(listener: (leaf: { readonly position: NodeId; readonly contact: KnownContact }) => void): Unsubscribe;
}
