import { MAX_LETTER_BYTES } from '../../codec/mail.ts';
import { MAX_FRAME_MESSAGES, MESSAGE_OVERHEAD_BYTES, type WireMessage } from '../../codec/messages.ts';
import type { LinkManager } from '../../link/types.ts';
import type { FriendNumber, FriendRow, OutboxRow, StoreReads, StoreWrites } from '../../store/types.ts';
import type { Carrier } from '../carrier.ts';
import { utf8Length } from '../text.ts';
import { MAX_BESIDE_BYTES } from './key-shelf.ts';
import type { MailParts } from './parts.ts';
import { Rounds } from './rounds.ts';
import type { Sealed } from './sealer.ts';

/** Messages written within this time share an envelope. */
const GATHER_MS = 250;
/** A link that is being made, or was lost this moment, gets this long. */
export const LINK_GRACE_MS = 1_500;
/** With a link that looks up, but brought no receipt for this long: its end is noticed much later (link/path.ts). */
const UNCONFIRMED_MS = 4_000;
const PAGE_MESSAGES = 256;
/** Of a letter besides its messages: version, sender, date, kind, device and counts, rounded up. */
const LETTER_FIELDS_BYTES = 128;
/** Texts and their overhead in one envelope, in bytes, so that a hand-over fits too. */
const MAX_BATCH_BYTES = MAX_LETTER_BYTES - LETTER_FIELDS_BYTES - MAX_BESIDE_BYTES;

export interface EnvelopeCarrierParts extends MailParts {
  readonly links: LinkManager;
  readonly deviceTag: Uint8Array;
  /** A link with this friend is up. */
  readonly linked: (friend: FriendNumber) => boolean;
}

/**
 * Moves messages to friends who are away, as envelopes in the care of the network. Everything up
 * to `sealedUpTo` lies in an open envelope, has arrived, or is shown as delivered since the friend's database has it;
 * what is above is sealed next. Nothing is sealed while there is no network: until then a message may be taken back, and
 * more of them share an envelope.
 */
export class EnvelopeCarrier implements Carrier {
  readonly #parts: EnvelopeCarrierParts;
  readonly #rounds: Rounds;
  /** Friends with a link who owe us receipts: since when they told nothing. */
  readonly #unconfirmedSince = new Map<FriendNumber, number>();

  constructor(parts: EnvelopeCarrierParts) {
    this.#parts = parts;
    this.#rounds = new Rounds(parts.clock, (friend) => this.#seal(friend));
  }

  /** Friends with messages from earlier runs. */
  start(): void {
    this.#rounds.start();
    this.#planAll();
  }

  stop(): void {
    this.#rounds.stop();
    this.#unconfirmedSince.clear();
  }

  messagesQueued(friend: FriendNumber): void {
    const { linked, clock } = this.#parts;
    if (!linked(friend)) return this.#rounds.plan(friend, GATHER_MS);
    const now = clock.now();
    const since = this.#unconfirmedSince.get(friend) ?? now;
    this.#unconfirmedSince.set(friend, since);
    // Of a link that is not trusted any more nothing is to be hoped for.
    this.#rounds.plan(friend, Math.max(GATHER_MS, since + UNCONFIRMED_MS - now));
  }

  /** A receipt came: whatever else is on its way has a link that works. */
  settled(friend: FriendNumber): void {
    if (this.#unconfirmedSince.has(friend)) this.#unconfirmedSince.set(friend, this.#parts.clock.now());
  }

  withdraw(friend: FriendNumber, seq: number): boolean {
    const open = this.#parts.read.mail.open(friend);
    return !open.some((row) => row.kind === 'messages' && row.firstSeq <= seq && seq <= row.lastSeq);
  }

  linkDown(friend: FriendNumber): void {
    this.#unconfirmedSince.delete(friend);
    this.#rounds.plan(friend, LINK_GRACE_MS);
  }

  networkChanged(): void {
    if (this.#parts.network.connected) this.#planAll();
  }

  drop(friend: FriendNumber): void {
    this.#unconfirmedSince.delete(friend);
    this.#rounds.cancel(friend);
  }

  #planAll(): void {
    const { read } = this.#parts;
    for (const { id } of read.friends.all())
      if (nextBatch(read, id, 1).length > 0) this.#rounds.plan(id, LINK_GRACE_MS);
  }

  async #seal(id: FriendNumber): Promise<void> {
    const { links, permits, network } = this.#parts;
    const friend = this.#friendAway(id);
    if (friend === undefined || !network.connected) return;
    if (links.isConnecting(friend.key) && this.#rounds.again(id, LINK_GRACE_MS)) return;
    await permits.prepare(friend);
    if (!this.#rounds.running || this.#friendAway(id) === undefined) return;
    this.#parts.commits.add(
      (write) => {
        const sealed = this.#sealBatch(write, id);
        return { sealed, hasMore: nextBatch(write, id, 1).length > 0 };
      },
      (outcome) => {
        if (!outcome.ok || outcome.value.sealed === undefined) return;
        const { sealed, hasMore } = outcome.value;
        this.#parts.deposits.place(sealed.row, sealed.envelope);
        // Only what had no room in this one: what was written since is gathered like the first.
        if (hasMore) this.#rounds.plan(id, 0);
      },
    );
  }

  /** Who agreed to be a friend and has no link that works. Others would not take it. */
  #friendAway(id: FriendNumber): FriendRow | undefined {
    const friend = this.#parts.read.friends.byId(id);
    const wanted = friend?.state === 'friend' && friend.removedAt === undefined;
    return wanted && !this.#trusts(id) ? friend : undefined;
  }

  /** Whether the link takes care of what waits; looks again later while that is not known. */
  #trusts(id: FriendNumber): boolean {
    const { linked, clock, read } = this.#parts;
    if (!linked(id)) return false;
    const since = this.#unconfirmedSince.get(id);
    if (since === undefined) return true;
    if (nextBatch(read, id, 1).length === 0) {
      this.#unconfirmedSince.delete(id);
      return true;
    }
    const restMs = since + UNCONFIRMED_MS - clock.now();
    if (restMs > 0) this.#rounds.plan(id, restMs);
    return restMs > 0;
  }

  #sealBatch(write: StoreWrites, id: FriendNumber): Sealed | undefined {
    const friend = write.friends.byId(id);
    const batch = nextBatch(write, id, PAGE_MESSAGES);
    if (friend === undefined || batch.length === 0) return undefined;
    const openFrom = write.messages.outbox(id, 0, 1)[0]!.seq;
    const messages = batch.map(
      ({ messageId, seq, sentAt, text }): WireMessage => ({ id: messageId, seq, sentAt, text }),
    );
    const range = { firstSeq: batch[0]!.seq, lastSeq: batch.at(-1)!.seq };
    const body = { device: this.#parts.deviceTag, openFrom, messages };
    return this.#parts.sealer.seal(write, friend, { kind: 'messages', body }, range);
  }
}

/** Unsealed messages in a row, as many as fit one envelope: the range of their numbers holds no others. */
function nextBatch(read: StoreReads, friend: FriendNumber, limit: number): OutboxRow[] {
  const rows = read.messages.outbox(friend, read.mail.sealedUpTo(friend), Math.min(limit, MAX_FRAME_MESSAGES));
  const batch: OutboxRow[] = [];
  let bytes = 0;
  for (const row of rows) {
    bytes += MESSAGE_OVERHEAD_BYTES + utf8Length(row.text);
    const last = batch.at(-1);
    if (last !== undefined && (bytes > MAX_BATCH_BYTES || row.seq !== last.seq + 1)) break;
    batch.push(row);
  }
  return batch;
}
