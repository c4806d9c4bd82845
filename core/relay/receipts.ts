import { decode, encode } from '../codec/layout.ts';
import { receiptLayout } from '../codec/relay.ts';
import { hash32 } from '../crypto/crypto.ts';
import { nameOf } from '../dht/contact.ts';
import type { NodeId } from '../ids/bytes.ts';
import type { RelayContext } from './context.ts';
import { destinationOf, type Receipt } from './receipt.ts';

/**
 * Receipts remembered, in memory and on the disk, and envelopes they speak of; the oldest go first. Anybody can make keys and
 * sign receipts without end.
 */
export const RECEIPTS = 4_096;
export const RECEIPT_IDS = 65_536;

/**
 * Receipts that were seen, until every copy they speak of has expired: a carrier that comes back with an old copy is
 * shown the destination's own word and lets go of it.
 */
export class Receipts {
  readonly #context: RelayContext;
  /** By destination and envelope: anybody may sign for a position of their own that somebody else's envelope arrived. */
  readonly #byEnvelope = new Map<string, Receipt>();
  readonly #all = new Set<Receipt>();

  constructor(context: RelayContext) {
    this.#context = context;
    for (const note of context.store.notes()) {
      if (note.kind !== 'receipt') continue;
      const decoded = decode(receiptLayout, note.bytes);
      if (decoded.ok) this.#enter(decoded.value);
    }
  }

  /** The word of this destination. */
  of(destination: NodeId, envelopeName: string): Receipt | undefined {
    return this.#byEnvelope.get(nameIn(destination, envelopeName));
  }

  /** A checked receipt. @returns false when all it says was known. */
  add(receipt: Receipt): boolean {
    if (namesIn(receipt).every((name) => this.#byEnvelope.has(name))) return false;
    const bytes = encode(receiptLayout, receipt);
    const { store, clock, settings } = this.#context;
    const expiresAt = Math.floor(clock.wall() + settings.maxLifeMs);
    // The value may lie in a packet's memory: what is remembered is a copy.
    const decoded = decode(receiptLayout, bytes);
    if (decoded.ok) this.#enter(decoded.value);
    store.putNote({ kind: 'receipt', key: keyOf(bytes), bytes, expiresAt });
    return true;
  }

  #enter(receipt: Receipt): void {
    this.#all.add(receipt);
    for (const name of namesIn(receipt)) this.#byEnvelope.set(name, receipt);
    for (const oldest of this.#all) {
      if (this.#all.size <= RECEIPTS && this.#byEnvelope.size <= RECEIPT_IDS) return;
      this.#forget(oldest);
    }
  }

  #forget(receipt: Receipt): void {
    this.#all.delete(receipt);
    for (const name of namesIn(receipt)) if (this.#byEnvelope.get(name) === receipt) this.#byEnvelope.delete(name);
    this.#context.store.deleteNote('receipt', keyOf(encode(receiptLayout, receipt)));
  }
}

function nameIn(destination: NodeId, envelopeName: string): string {
  return `${nameOf(destination)}${envelopeName}`;
}

function namesIn(receipt: Receipt): string[] {
  const destination = destinationOf(receipt);
  return receipt.ids.map((id) => nameIn(destination, nameOf(id)));
}

function keyOf(bytes: Uint8Array): Uint8Array {
  return hash32('receipt', bytes);
}
