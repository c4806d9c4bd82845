import type { Comparison } from '../codec/relay.ts';
import { AUDIT_NONCE_BYTES } from '../codec/relay.ts';
import type { KnownContact } from '../dht/contact.ts';
import type { NodeId } from '../ids/bytes.ts';
import { isProof } from './audit.ts';
import type { Kept } from './cache.ts';
import type { RelayContext } from './context.ts';

/** Whoever says to have what it cannot show is no holder for so long. */
const LIAR_MS = 60 * 60_000;

export interface Compared {
  readonly comparison: Comparison;
  /** It has shown the bytes of an envelope that we chose. */
  readonly shown: boolean;
}

/** What one node keeps for a destination. */
export interface Collection {
  readonly destination: NodeId;
  readonly copies: number;
  readonly members: ReadonlyMap<string, Kept>;
  readonly digest: Uint8Array;
}

/**
 * Asks a node what it keeps of the same, a sign of life in one; with `audit` it must show an envelope of ours that chance
 * chooses. Undefined when it does not answer, or is found to lie.
 */
export async function compareWith(
  context: RelayContext,
  contact: KnownContact,
  { destination, copies, members, digest }: Collection,
  audit: boolean,
): Promise<Compared | undefined> {
  const asked = audit ? chosen(context, members) : undefined;
  const nonce = context.random.bytes(AUDIT_NONCE_BYTES);
  const content = asked && context.cache.envelope(asked)?.body;
  const challenge = asked && content && { envelopeId: asked.id, nonce };
  const body = { token: undefined, destination, copies, count: members.size, digest: digest.slice(), challenge };
  let reply = await context.network.request(contact, { kind: 'compare', body });
  // To who is not proven at its address nothing is shown; the reply brought the token for that.
  const isRefused = reply?.kind === 'compared' && reply.body.proof === undefined && reply.body.token !== undefined;
  if (isRefused && challenge !== undefined) reply = await context.network.request(contact, { kind: 'compare', body });
  if (reply?.kind !== 'compared') return undefined;
  const { comparison, proof } = reply.body;
  const shown = content !== undefined && isProof(proof, nonce, content);
  if (challenge === undefined || shown || comparison !== 'same') return { comparison, shown };
  context.drops.add('audit-failed');
  context.distrust.add(contact, LIAR_MS);
  return undefined;
}

function chosen({ random }: RelayContext, members: ReadonlyMap<string, Kept>): Kept | undefined {
  let skip = Math.floor(random.uniform() * members.size);
  for (const kept of members.values()) if (skip-- === 0) return kept;
  return undefined;
}
