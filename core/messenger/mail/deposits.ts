import { equalBytes, type NodeId, toHex } from '../../ids/bytes.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { type Envelope, makeEnvelope, readEnvelope } from '../../relay/envelope.ts';
import type { Deposit, DepositState, Relay } from '../../relay/types.ts';
import type { EnvelopeRow } from '../../store/mail-types.ts';
import type { FriendNumber, MessageRow, StoreReads, StoreWrites } from '../../store/types.ts';
import type { Changes } from '../changes.ts';
import type { Commits } from '../commits.ts';
import { guarded } from '../context.ts';
import type { Permits } from './permits.ts';
import type { Sealed } from './sealer.ts';

export interface DepositParts {
  readonly read: StoreReads;
  readonly commits: Commits;
  readonly changes: Changes;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly relay: Relay;
  readonly permits: Permits;
  /** Its life is over, and its row gone. */
  readonly expired: (row: EnvelopeRow) => void;
}

interface Open {
  readonly row: EnvelopeRow;
  readonly deposit: Deposit;
}

/** What need not be looked after once enough nodes keep it: nobody tells us when it arrived. */
const ENDS_WHEN_STORED: ReadonlySet<string> = new Set(['receipt', 'accept', 'handover', 'missedCall']);

/** Whoever is to get these is away, and waits for nothing. */
const UNHURRIED: ReadonlySet<string> = new Set(['request', 'accept', 'handover']);

/** Our envelopes in the care of the relay, each with its row: what the relay says of it is written down. */
export class Deposits {
  readonly #parts: DepositParts;
  readonly #open = new Map<string, Open>();
  #running = false;

  constructor(parts: DepositParts) {
    this.#parts = parts;
  }

  /** Takes up what is open from earlier runs, messages first. */
  start(): void {
    this.#running = true;
    const rows = this.#parts.read.mail.open();
    for (const row of rows.filter(({ kind }) => !UNHURRIED.has(kind))) this.#resume(row);
    for (const row of rows.filter(({ kind }) => UNHURRIED.has(kind))) this.#resume(row);
  }

  stop(): void {
    this.#running = false;
    for (const { deposit } of this.#open.values()) deposit.close();
    this.#open.clear();
  }

  /** A sealed envelope is on the disk. */
  place(row: EnvelopeRow, envelope: Envelope): void {
    this.#place(row, envelope, UNHURRIED.has(row.kind));
  }

  #place(row: EnvelopeRow, envelope: Envelope, nobodyWaits: boolean): void {
    const { relay, clock, logger } = this.#parts;
    if (!this.#running || this.#open.has(toHex(row.id))) return;
    if (row.expiresAt <= clock.wall()) return this.#expire(row);
    const onState = (state: DepositState) => guarded(logger, 'envelope-news', () => this.#news(row, state));
    const { expiresAt } = row;
    const alreadyStored = row.storedUntil !== undefined;
    const deposit = relay.deposit(envelope, { expiresAt, alreadyStored, nobodyWaits, onState });
    this.#open.set(toHex(row.id), { row, deposit });
  }

  /** Closes what lies there for this friend and fits; inside of no commit. */
  end(friend: FriendNumber, fits: (row: EnvelopeRow) => boolean = () => true): void {
    const rows = [...this.#open.values()].map(({ row }) => row).filter((row) => row.friend === friend && fits(row));
    if (rows.length === 0) return;
    this.#parts.commits.add(
      (write) => {
        for (const { id } of rows) write.mail.delete(id);
        return rows.flatMap((row) => lookedAfter(write, row));
      },
      (outcome) => {
        if (!outcome.ok) return;
        for (const row of rows) this.#close(row);
        this.#parts.changes.messagesChanged(friend, outcome.value);
      },
    );
  }

  /** Messages of ours to this friend arrived: envelopes with nothing else in them are done. */
  settled(friend: FriendNumber): void {
    const { messages } = this.#parts.read;
    this.end(friend, ({ kind, firstSeq, lastSeq }) => {
      const next = messages.outbox(friend, firstSeq - 1, 1)[0];
      return kind === 'messages' && (next === undefined || next.seq > lastSeq);
    });
  }

  /**
   * This friend has another policy, or is found elsewhere: what no two nodes took yet, or lies where they were, is offered
   * again under a permit by the new one.
   */
  renew(friend: FriendNumber): void {
    const { read, permits, commits } = this.#parts;
    const row = read.friends.byId(friend);
    const position = row && permits.positionOf(row);
    if (position === undefined) return;
    const isOld = (row: EnvelopeRow) => row.storedUntil === undefined || !this.#liesAt(row, position);
    for (const row of read.mail.open(friend).filter(isOld))
      commits.add(
        (write) => this.#renewed(write, row, position),
        (outcome) => {
          if (!outcome.ok || outcome.value === undefined) return;
          this.#close(row);
          this.place(outcome.value.row, outcome.value.envelope);
        },
      );
  }

  #liesAt(row: EnvelopeRow, position: NodeId): boolean {
    const bytes = this.#parts.read.mail.bytes(row.id);
    const envelope = bytes && readEnvelope(bytes);
    return envelope !== undefined && equalBytes(envelope.destination, position);
  }

  /** The same content under another permit, or at another position and so with another ID; undefined when it is gone. */
  #renewed(write: StoreWrites, row: EnvelopeRow, destination: NodeId): Sealed | undefined {
    const friend = write.friends.byId(row.friend);
    const bytes = write.mail.bytes(row.id);
    const old = bytes && readEnvelope(bytes);
    if (friend === undefined || old === undefined) return undefined;
    const { copies, body } = old;
    const permit = (id: Uint8Array) => this.#parts.permits.make(friend, id);
    const envelope = makeEnvelope({ destination, copies, body, permit });
    if (equalBytes(envelope.id, row.id)) {
      write.mail.replaceBytes(row.id, envelope.bytes);
      return { row, envelope };
    }
    write.mail.delete(row.id);
    if (row.kind === 'missedCall') write.calls.moved(row.id, envelope.id);
    return { row: write.mail.add({ ...row, id: envelope.id, bytes: envelope.bytes }), envelope };
  }

  #resume(row: EnvelopeRow): void {
    const bytes = this.#parts.read.mail.bytes(row.id);
    const envelope = bytes && readEnvelope(bytes);
    if (envelope !== undefined) this.#place(row, envelope, true);
  }

  #close(row: EnvelopeRow): void {
    const name = toHex(row.id);
    this.#open.get(name)?.deposit.close();
    this.#open.delete(name);
  }

  #news(row: EnvelopeRow, state: DepositState): void {
    if (!this.#running || !this.#open.has(toHex(row.id))) return;
    if (state.state === 'expired') return this.#expire(row);
    this.#parts.commits.add(
      (write) => noteCustody(write, row, state),
      (outcome) => {
        if (!outcome.ok) return;
        this.#parts.changes.messagesChanged(row.friend, outcome.value);
        this.#parts.changes.friend(row.friend);
        if (state.state === 'stored' && ENDS_WHEN_STORED.has(row.kind)) this.#close(row);
      },
    );
  }

  #expire(row: EnvelopeRow): void {
    this.#close(row);
    this.#parts.commits.add(
      (write) => {
        write.mail.delete(row.id);
        return row.kind === 'messages' ? settle(write, row, 'expired') : [];
      },
      (outcome) => {
        if (!outcome.ok) return;
        this.#parts.changes.messagesChanged(row.friend, outcome.value);
        this.#parts.expired(row);
      },
    );
  }
}

/** @returns messages whose view changed. */
function noteCustody(
  write: StoreWrites,
  row: EnvelopeRow,
  state: Exclude<DepositState, { state: 'expired' }>,
): MessageRow[] {
  const { id, friend, kind } = row;
  const stored = state.state === 'stored';
  const known = write.mail.open(friend).find((open) => open.number === row.number);
  if (known === undefined) return [];
  if (stored && kind === 'missedCall') write.calls.stored(id);
  if (stored && kind === 'accept') write.mailKeys.setCapability(friend, { acceptDue: false });
  if (stored && ENDS_WHEN_STORED.has(kind)) {
    write.mail.delete(id);
    return [];
  }
  // Once stored it stays so to the person, also while a lost copy is being replaced.
  const storedUntil = stored ? Math.floor(state.until) : known.storedUntil;
  write.mail.noteCustody(id, { holders: state.holders, storedUntil });
  if (stored && kind === 'messages') settle(write, row, 'stored');
  return lookedAfter(write, row);
}

/** Messages that show who keeps this envelope. */
function lookedAfter(write: StoreWrites, { friend, kind, firstSeq, lastSeq }: EnvelopeRow): MessageRow[] {
  if (kind !== 'messages') return [];
  return write.messages.outgoingBetween(friend, firstSeq, lastSeq).filter((message) => message.state < 2);
}

function settle(write: StoreWrites, row: EnvelopeRow, state: 'stored' | 'expired'): MessageRow[] {
  return write.messages.settle({ friend: row.friend, first: row.firstSeq, last: row.lastSeq, state });
}
