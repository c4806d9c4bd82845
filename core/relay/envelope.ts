import {
  ENVELOPE_ID_BYTES,
  ENVELOPE_SIZES,
  type EnvelopeRecord,
  envelopeLayout,
  MAX_COPIES,
  MAX_ENVELOPE_BYTES,
} from '../codec/envelope.ts';
import { decode, encode } from '../codec/layout.ts';
import { hash32 } from '../crypto/crypto.ts';
import { nameOf } from '../dht/contact.ts';
import type { NodeId } from '../ids/bytes.ts';
import type { Permit } from './policy.ts';

/** A sealed message on its way. Immutable; the arrays are not to be written. */
export interface Envelope {
  /** ENVELOPE_ID_BYTES bytes: the unique number that receipts name (L:30). */
  readonly id: Uint8Array;
  /** Map key of the ID. */
  readonly name: string;
  readonly destination: NodeId;
  /** Intermediaries; 0: custody at the destination's own root. */
  readonly copies: number;
  readonly permit: Permit | undefined;
  /** Sealed to the destination; a length of ENVELOPE_SIZES. */
  readonly body: Uint8Array;
  /** All of it, as it travels and lies on the disk. */
  readonly bytes: Uint8Array;
}

/** -> 16 bytes. The permit is left out: it may be renewed without making another envelope of it. */
export function envelopeId({ destination, copies, body }: Pick<EnvelopeRecord, 'destination' | 'copies' | 'body'>) {
  return hash32('envelope', destination, Uint8Array.of(copies), body).subarray(0, ENVELOPE_ID_BYTES);
}

/** @param permit made for the ID of this content (`policy.ts`). @throws {RangeError} for lengths and counts: a bug. */
export function makeEnvelope(content: {
  readonly destination: NodeId;
  readonly copies: number;
  readonly permit?: (id: Uint8Array) => Permit | undefined;
  readonly body: Uint8Array;
}): Envelope {
  const { destination, copies, body } = content;
  if (copies > MAX_COPIES) throw new RangeError(`${copies} copies`);
  if (!(ENVELOPE_SIZES as readonly number[]).includes(body.length)) throw new RangeError(`a body of ${body.length}`);
  const id = envelopeId(content);
  const permit = content.permit?.(id);
  const bytes = encode(envelopeLayout, { version: undefined, destination, copies, permit, body });
  return { id, name: nameOf(id), destination, copies, permit, body, bytes };
}

/**
 * Reads an envelope as it came. Total: undefined for what is none. The permit's signatures are not looked at. `bytes`
 * is kept, so it must belong to the caller.
 */
export function readEnvelope(bytes: Uint8Array): Envelope | undefined {
  return read(bytes, (content) => {
    const id = envelopeId(content);
    return { id, name: nameOf(id) };
  });
}

/** Reads an envelope that was checked when it came and lay on our own authenticated disk since: its ID is not hashed anew. */
export function readKeptEnvelope(bytes: Uint8Array, { id, name }: Pick<Envelope, 'id' | 'name'>): Envelope | undefined {
  return read(bytes, () => ({ id, name }));
}

function read(
  bytes: Uint8Array,
  identify: (content: EnvelopeRecord) => Pick<Envelope, 'id' | 'name'>,
): Envelope | undefined {
  if (bytes.length > MAX_ENVELOPE_BYTES) return undefined;
  const decoded = decode(envelopeLayout, bytes);
  if (!decoded.ok) return undefined;
  const { destination, copies, permit, body } = decoded.value;
  if (copies > MAX_COPIES || !(ENVELOPE_SIZES as readonly number[]).includes(body.length)) return undefined;
  return { ...identify(decoded.value), destination, copies, permit, body, bytes };
}
