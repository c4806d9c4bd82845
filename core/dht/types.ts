import { hash32 } from '../crypto/crypto.ts';
import { type NodeId, type NodeKey, nodeId, type Signature } from '../ids/bytes.ts';
import type { Unsubscribe } from '../ports/events.ts';
import type { Endpoint } from '../ports/network.ts';

/** Somebody's node: who it is and where. `id` is the hash of `key`. */
export interface Contact {
  readonly id: NodeId;
  readonly key: NodeKey;
  readonly endpoint: Endpoint;
}

/**
 * Claims a position: whoever can sign under `publicKey` (32 bytes, Ed25519) may register at its position, nobody else.
 * A blinded key (`core/crypto/blinded-key.ts`) keeps the roots from learning whose it is.
 */
export interface PositionClaim {
  readonly publicKey: Uint8Array;
  sign(purpose: string, ...parts: readonly Uint8Array[]): Signature;
}

/** Purpose of the signature over the registering node's key. */
export const REGISTER_PURPOSE = 'register at position';

/** The position a claim key stands for: its hash, so that nobody can choose one (L:08, L:18). */
export function positionOfClaim(publicKey: Uint8Array): NodeId {
  return nodeId(hash32('position', publicKey));
}

/** A payload that reached the position we registered. */
export interface RoutedMessage {
  readonly payload: Uint8Array;
  /** Sends ROUTED_PAYLOAD_BYTES back along the reverse path, at most once; without effect after 30 s. */
  answer(payload: Uint8Array): void;
}

export interface Registration {
  /** Resolves when the first root took the registration (or there is no other node yet and we hold it ourselves). */
  readonly ready: Promise<void>;
  close(): void;
}

export interface RouteOptions {
  /** Called for each answer that comes back, within 30 s. */
  readonly onAnswer?: (payload: Uint8Array) => void;
}

/** What the layers above the DHT may use of it. */
export interface Overlay {
  readonly nodeId: NodeId;
  /** True while at least one other node answers. */
  readonly connected: boolean;
  /** Fires when `connected` or our own endpoints change: time to ask again for friends who are away. */
  onChanged(listener: () => void): Unsubscribe;
  /** Where others may reach this node: own addresses and what others saw, best first, at most 8. */
  endpoints(): readonly Endpoint[];
  /**
   * Registers us at the root nodes of the claim's position as a leaf (L:17, L:24), refreshed until closed. Payloads
   * routed to the position come to `onMessage`. Carriers learn the claim key and our node, nothing else.
   */
  register(claim: PositionClaim, onMessage: (message: RoutedMessage) => void): Registration;
  /**
   * Routes ROUTED_PAYLOAD_BYTES to `position`, recursively and greedily: each hop sees only its neighbours (L:12).
   * Resolves true when the first hop took it, false when no node did. Nobody tells whether the position is
   * registered: an absent person and a silent one look the same.
   */
  route(position: NodeId, payload: Uint8Array, options?: RouteOptions): Promise<boolean>;
}
