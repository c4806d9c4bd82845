import { contactLayout } from '../codec/dht.ts';
import { endpointLayout } from '../codec/endpoint.ts';
import { decode, encode } from '../codec/layout.ts';
import { hash32 } from '../crypto/crypto.ts';
import { addressClass, canBePeer, ipGroup } from '../ids/address.ts';
import { NODE_KEY_BYTES, type NodeId, type NodeKey, nodeId, nodeKey } from '../ids/bytes.ts';
import type { Endpoint } from '../ports/network.ts';
import type { Contact } from './types.ts';

/** Node ID of a node key (L:08): a hash, so that nobody can choose a position without finding a key for it. */
export function nodeIdOf(key: NodeKey): NodeId {
  return nodeId(hash32('parley node id', key));
}

/** Map key of a byte array: one character a byte, cheaper than hexadecimal. */
export function nameOf(bytes: Uint8Array): string {
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}

/** The byte array of a map key: a text takes a fifth of its memory. */
export function bytesOfName(name: string): Uint8Array {
  const bytes = new Uint8Array(name.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = name.charCodeAt(i);
  return bytes;
}

/** First 32 bits of an ID as an unsigned number: decides almost every comparison of distances. */
export function headOf(id: NodeId): number {
  return ((id[0]! << 24) | (id[1]! << 16) | (id[2]! << 8) | id[3]!) >>> 0;
}

/** A contact with what is derived from it once. */
export interface KnownContact extends Contact {
  /** node key 32 | endpoint 7 or 19, as on the wire. */
  readonly packed: Uint8Array;
  /** Map key of the node key. */
  readonly name: string;
  readonly head: number;
  /** The /24 or /48 of a public address; undefined on this host and in private networks. */
  readonly ipGroup: string | undefined;
}

/**
 * What quotas and limits go by, since keys of nodes cost nothing, nor do addresses within a network: the /24 or /48 of a public
 * address; the node itself on loopback and private networks.
 */
export function sourceOf({ ipGroup, name }: KnownContact): string {
  return ipGroup ?? name;
}

/**
 * Turns packed contacts into objects and remembers them, so that a contact met again costs one look-up instead of a
 * hash and a text. Bounded; the contacts met longest ago go first. May be shared by the nodes of one process.
 */
export class ContactBook {
  readonly #contacts = new Map<string, KnownContact>();
  readonly #limit: number;

  constructor(limit = 8_192) {
    this.#limit = limit;
  }

  /**
   * Undefined when the endpoint is malformed, or one that no node can have: who names it shall not make us send to broadcast
   * or multicast. `packed` may be part of a larger buffer: it is copied.
   */
  unpack(packed: Uint8Array): KnownContact | undefined {
    const name = nameOf(packed);
    const known = this.#contacts.get(name);
    if (known !== undefined) return known;
    const endpoint = decode(endpointLayout, packed, NODE_KEY_BYTES);
    if (!endpoint.ok || !canBePeer(endpoint.value.host)) return undefined;
    return this.#add(name, packed.slice(), endpoint.value);
  }

  of(key: NodeKey, endpoint: Endpoint): KnownContact {
    const packed = encode(contactLayout, { key, endpoint });
    const name = nameOf(packed);
    return this.#contacts.get(name) ?? this.#add(name, packed, endpoint);
  }

  #add(name: string, packed: Uint8Array, endpoint: Endpoint): KnownContact {
    const key = nodeKey(packed.subarray(0, NODE_KEY_BYTES));
    const id = nodeIdOf(key);
    const group = addressClass(endpoint.host) === 'public' ? ipGroup(endpoint.host) : undefined;
    const derived = { id, name: name.slice(0, NODE_KEY_BYTES), head: headOf(id), ipGroup: group };
    const contact: KnownContact = { key, endpoint, packed, ...derived };
    if (this.#contacts.size >= this.#limit) {
      for (const oldest of this.#contacts.keys()) {
        this.#contacts.delete(oldest);
        break;
      }
    }
    this.#contacts.set(name, contact);
    return contact;
  }
}
