import {
  NODE_ID_BYTES,
  NODE_KEY_BYTES,
  type NodeId,
  type NodeKey,
  PROFILE_KEY_BYTES,
  SIGNATURE_BYTES,
  type Signature,
} from '../ids/bytes.ts';
import { endpointBytes, endpointLayout } from './endpoint.ts';
import {
  bool,
  fixed,
  type Layout,
  list,
  optional,
  rest,
  struct,
  u8,
  u16,
  u32,
  type VariantValue,
  variant,
} from './layout.ts';
import { PASS_BYTES, ROUND_TRIP_TOKEN_BYTES } from './limits.ts';
import { relayBodies } from './relay.ts';

/*
 * DHT datagrams (docs/protocol.md, "DHT"):
 *
 *   offset  size  field
 *   0       1     packet kind, 0x01
 *   1       32    X25519 public key of the sending node
 *   33      24    nonce, random
 *   57      16+n  secretbox (XSalsa20-Poly1305) of the body under the key both node keys agree on
 *
 * The body is: transaction u32, leaf (0 or 1: the sender takes no part in routing), then one `dhtBody` record.
 */
export const DHT_KEY_OFFSET = 1;
export const DHT_NONCE_OFFSET = 33;
export const DHT_BOX_OFFSET = 57;
const DHT_MAC_BYTES = 16;
/** Outer bytes of a DHT datagram that are not body. */
export const DHT_OVERHEAD_BYTES = DHT_BOX_OFFSET + DHT_MAC_BYTES;
/** Nothing shorter can be a DHT datagram: transaction, leaf and kind. */
export const DHT_MIN_BYTES = DHT_OVERHEAD_BYTES + 6;

export const ROUTE_ID_BYTES = 8;
/** Contacts in one answer: 8 IPv4 contacts fit an unproven request padded to FIND_NODE_PADDED_BYTES. */
export const CONTACTS_PER_REPLY = 8;

const nodeId = fixed<NodeId>(NODE_ID_BYTES, 'node ID');
const claimKey = fixed(PROFILE_KEY_BYTES, 'claim key');
const signature = fixed<Signature>(SIGNATURE_BYTES, "signature over the sending node's key");
const token = optional(fixed(ROUND_TRIP_TOKEN_BYTES, 'round-trip token'));
/** Of the last reply; zeros while there was none. */
const pass = fixed(PASS_BYTES, 'pass');
const nextPass = fixed(PASS_BYTES, 'next pass');
const routeId = fixed(ROUTE_ID_BYTES, 'route ID');
/** Zeros that pay for the reply of a sender who has not proved its address; their value is not looked at. */
const padding = rest(1_024, 'padding');

/**
 * A contact as it stands on the wire, still packed: node key 32 | endpoint 7 or 19. The DHT resolves it through its
 * contact book, so that known contacts cost neither hashing nor text.
 */
export const packedContact: Layout<Uint8Array> = {
  size: '39 or 51',
  type: 'contact: node key 32, endpoint',
  write(out, value) {
    // First the room: it may take another buffer.
    const at = out.reserve(value.length);
    out.bytes.set(value, at);
  },
  read(input) {
    const length = NODE_KEY_BYTES + endpointBytes(input.bytes[input.offset + NODE_KEY_BYTES]);
    if (length === NODE_KEY_BYTES || !input.has(length)) {
      input.fail('bad-value');
      return new Uint8Array(0);
    }
    const value = input.bytes.subarray(input.offset, input.offset + length);
    input.offset += length;
    return value;
  },
};

export const contactLayout = struct({ key: fixed<NodeKey>(NODE_KEY_BYTES, 'node key'), endpoint: endpointLayout });

/** Requests have even numbers, their replies the next odd one; a reply carries its request's transaction. */
export const dhtBody = variant({
  ping: { number: 0x10, layout: struct({ token, padding }) },
  pong: { number: 0x11, layout: struct({ token, observed: endpointLayout }) },
  findNode: { number: 0x12, layout: struct({ token, target: nodeId, padding }) },
  nodes: {
    number: 0x13,
    layout: struct({ token, observed: endpointLayout, contacts: list(packedContact, CONTACTS_PER_REPLY) }),
  },
  register: { number: 0x14, layout: struct({ token, pass, claimKey, signature, lifetimeS: u16 }) },
  registered: { number: 0x15, layout: struct({ token, accepted: u8, pass: nextPass }) },
  route: {
    number: 0x16,
    layout: struct({ position: nodeId, routeId, hopsLeft: u8, payload: rest(1_024, 'routed payload') }),
  },
  routeAck: { number: 0x17, layout: struct({ token }) },
  answer: { number: 0x18, layout: struct({ routeId, payload: rest(1_024, 'routed payload') }) },
  answerAck: { number: 0x19, layout: struct({ token }) },
  /** `number`: by chance; the knock brings it, so that only one that was asked for counts. */
  askKnock: { number: 0x1a, layout: struct({ token, number: u32, padding }) },
  /** `passedOn`: another node said that it knocks. */
  knockAsked: { number: 0x1b, layout: struct({ token, passedOn: bool }) },
  relayKnock: { number: 0x1c, layout: struct({ token, contact: contactLayout, number: u32 }) },
  knockRelayed: { number: 0x1d, layout: struct({ token, knocking: bool }) },
  knock: { number: 0x1e, layout: struct({ number: u32 }) },
  knockHeard: { number: 0x1f, layout: struct({ token }) },
  ...relayBodies,
});

export type DhtBody = VariantValue<typeof dhtBody.variants>;
export type DhtKind = DhtBody['kind'];
/** Custody of envelopes (`codec/relay.ts`): the DHT moves these and does not look into them. */
export type RelayRequest = Extract<
  DhtBody,
  { kind: 'carry' | 'offer' | 'part' | 'settle' | 'free' | 'collect' | 'compare' | 'inventory' | 'notify' }
>;
export type RelayReply = Extract<
  DhtBody,
  {
    kind: 'carried' | 'offered' | 'parted' | 'settled' | 'freed' | 'collecting' | 'compared' | 'missing' | 'notified';
  }
>;
export type DhtRequest =
  | RelayRequest
  | Extract<
      DhtBody,
      { kind: 'ping' | 'findNode' | 'register' | 'route' | 'answer' | 'askKnock' | 'relayKnock' | 'knock' }
    >;
export type DhtReply = Exclude<DhtBody, DhtRequest>;
export type BodyOf<K extends DhtKind> = Extract<DhtBody, { kind: K }>['body'];

/** What a datagram's box holds. */
export const dhtMessage = struct({ transaction: u32, leaf: bool, body: dhtBody });

/** True for kinds that ask: their number is even. */
export function isRequest(body: DhtBody): body is DhtRequest {
  return dhtBody.variants[body.kind].number % 2 === 0;
}
