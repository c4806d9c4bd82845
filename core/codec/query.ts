import { INVITE_TAG_BYTES, type InviteTag, PROFILE_KEY_BYTES, type ProfileKey, SIGNATURE_BYTES } from '../ids/bytes.ts';
import { constant, zerosTo } from './constant.ts';
import { endpointLayout } from './endpoint.ts';
import { fixed, list, optional, sized, struct, u64, type VariantValue, variant } from './layout.ts';
import { MAX_INTRODUCTION_BYTES, ROUTED_PAYLOAD_BYTES } from './limits.ts';

/*
 * Letters: what is routed to a person's position (docs/protocol.md, "Endpoint query"; L:18, L:19). All kinds have the
 * same length and are sealed, so carriers cannot tell them apart:
 *
 *   offset  size  field
 *   0       48    sealed box overhead: ephemeral X25519 key, Poly1305 tag
 *   48      912   letter: version u8, sender, kind u8, its record, zeros to the end
 *   960     64    Ed25519 signature by the sender over the destination's profile key and the 912 bytes before
 */
const SEALED_BOX_OVERHEAD_BYTES = 48;
export const LETTER_BYTES = ROUTED_PAYLOAD_BYTES - SEALED_BOX_OVERHEAD_BYTES - SIGNATURE_BYTES;
/** A letter and its signature: what is inside the sealed box. */
export const SIGNED_LETTER_BYTES = LETTER_BYTES + SIGNATURE_BYTES;

export const LETTER_NONCE_BYTES = 16;
export const CONTACT_TOKEN_BYTES = 16;
export const MAX_ENDPOINTS = 8;
const LETTER_VERSION = 1;

const nonce = fixed(LETTER_NONCE_BYTES, 'nonce');

/**
 * Where the sender is and how to begin a handshake with it. `inReplyTo` is the nonce of the letter this one answers: it
 * proves freshness whatever the clocks say.
 */
const whereabouts = struct({
  nonce,
  wallMs: u64,
  inReplyTo: optional(nonce),
  token: fixed(CONTACT_TOKEN_BYTES, 'contact token'),
  endpoints: list(endpointLayout, MAX_ENDPOINTS),
});

const introduction = struct({
  nonce,
  wallMs: u64,
  tag: fixed<InviteTag>(INVITE_TAG_BYTES, 'invite tag'),
  payload: sized(MAX_INTRODUCTION_BYTES, 'introduction of the messenger'),
});

export const letterBody = variant({
  query: { number: 1, layout: whereabouts },
  answer: { number: 2, layout: whereabouts },
  introduction: { number: 3, layout: introduction },
});

export type LetterBody = VariantValue<typeof letterBody.variants>;
export type LetterKind = LetterBody['kind'];
export type Whereabouts = Extract<LetterBody, { kind: 'query' }>['body'];

/** The 912 signed bytes. */
export const letterLayout = struct({
  version: constant(LETTER_VERSION, 'version'),
  from: fixed<ProfileKey>(PROFILE_KEY_BYTES, 'profile key of the sender'),
  body: letterBody,
  padding: zerosTo(LETTER_BYTES),
});
