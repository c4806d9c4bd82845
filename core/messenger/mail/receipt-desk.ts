import type { SeqRange } from '../../codec/messages.ts';
import { MAX_LIFE_MS } from '../../relay/types.ts';
import type { DueRow } from '../../store/mail-types.ts';
import {
  type DeviceNumber,
  type DeviceRow,
  DIRECTIONS,
  type FriendNumber,
  type StoreReads,
  type StoreWrites,
} from '../../store/types.ts';
import { isReadAgain } from '../read-again.ts';
import type { Session } from '../session.ts';
import type { MailParts } from './parts.ts';
import { Rounds } from './rounds.ts';
import type { Sealed } from './sealer.ts';

/** Arrived messages are gathered this long for one receipt. */
const DELIVERED_MS = 500;
/** What the person read, this long: they read on. */
const READ_MS = 5_000;
/** Numbers in one receipt, to one device. */
const MAX_DUE = 8_192;
/** Messages of which is said again that they arrived. */
const MAX_SAID_AGAIN = 512;
/** Ranges in one receipt: a small envelope. */
const MAX_RANGES = 256;

export interface ReceiptDeskParts extends MailParts {
  readonly sessionOf: (friend: FriendNumber) => Session | undefined;
  /** Whether the person tells what they read. */
  readonly tellsRead: () => boolean;
}

interface Said {
  readonly device: DeviceRow;
  readonly delivered: readonly SeqRange[];
  readonly read: readonly SeqRange[];
  readonly rows: readonly DueRow[];
}

/**
 * Tells friends what came by mail and what was read of it: over their link when it is up, else by one small envelope per
 * friend and round. What is owed is in the database (`receipts_due`), so that no crash forgets it.
 */
export class ReceiptDesk {
  readonly #parts: ReceiptDeskParts;
  readonly #rounds: Rounds;

  constructor(parts: ReceiptDeskParts) {
    this.#parts = parts;
    this.#rounds = new Rounds(parts.clock, (friend) => this.#tell(friend));
  }

  start(): void {
    this.#rounds.start();
    this.networkChanged();
  }

  stop(): void {
    this.#rounds.stop();
  }

  /** Something is owed to this friend, and committed. */
  delivered(friend: FriendNumber): void {
    this.#rounds.plan(friend, DELIVERED_MS);
  }

  read(friend: FriendNumber): void {
    this.#rounds.plan(friend, READ_MS);
  }

  /** What was said last over a link that broke may not have arrived: what they may know to be read is said again. */
  doubtful(friend: FriendNumber): void {
    this.#parts.commits.add(
      (write) => {
        for (const { id: device, readToldUpTo: seq } of write.devices.of(friend))
          if (seq > 0) write.mail.addDue(friend, { device, seq, read: true });
      },
      () => this.read(friend),
    );
  }

  /** What was said in envelopes may be unreadable to this friend: of the newest messages it is said again. */
  unread(friend: FriendNumber): void {
    const { commits, clock, tellsRead } = this.#parts;
    const since = clock.wall() - MAX_LIFE_MS;
    commits.add(
      (write) => {
        for (const row of write.messages.page({ friend, limit: MAX_SAID_AGAIN })) {
          const { direction, device, seq, messageId: id, storedAt } = row;
          if (direction !== DIRECTIONS.in || seq === null || storedAt < since) continue;
          write.mail.addDue(friend, { device, seq, read: false });
          if (isReadAgain(write, { friend, device: { id: device }, seq, id }, tellsRead()))
            write.mail.addDue(friend, { device, seq, read: true });
        }
      },
      () => this.delivered(friend),
    );
  }

  networkChanged(): void {
    if (this.#parts.network.connected)
      for (const friend of this.#parts.read.mail.friendsDue()) this.#rounds.plan(friend, READ_MS);
  }

  /** Over the new link; what is owed to other devices of this friend stays. */
  greeted(session: Session): void {
    const { device } = session;
    if (device === undefined) return;
    this.#parts.commits.add(
      (write) => {
        const said = this.#due(write, session.friend, device.id);
        for (const { rows } of said) write.mail.deleteDue(session.friend, rows);
        return said;
      },
      (outcome) => {
        if (!outcome.ok) return;
        for (const { delivered, read } of outcome.value) session.say({ kind: 'receipt', body: { delivered, read } });
      },
    );
  }

  async #tell(id: FriendNumber): Promise<void> {
    const { network, permits, sessionOf } = this.#parts;
    const session = sessionOf(id);
    if (session?.device !== undefined) return this.greeted(session);
    const friend = this.#parts.read.friends.byId(id);
    if (friend?.state !== 'friend' || friend.removedAt !== undefined || !network.connected) return;
    await permits.prepare(friend);
    if (!this.#rounds.running) return;
    this.#parts.commits.add(
      (write) => this.#seal(write, id),
      (outcome) => {
        if (outcome.ok) for (const { row, envelope } of outcome.value) this.#parts.deposits.place(row, envelope);
      },
    );
  }

  #seal(write: StoreWrites, id: FriendNumber): Sealed[] {
    const friend = write.friends.byId(id);
    if (friend === undefined) return [];
    return this.#due(write, id).flatMap(({ device, delivered, read, rows }) => {
      const body = { device: device.tag, delivered, read };
      const sealed = this.#parts.sealer.seal(write, friend, { kind: 'receipt', body });
      write.mail.deleteDue(id, rows);
      return sealed === undefined ? [] : [sealed];
    });
  }

  /** What is owed to each device, or this one; the rest follows in the next round. */
  #due(read: StoreReads, friend: FriendNumber, only?: DeviceNumber): Said[] {
    const devices = read.devices.of(friend).filter(({ id }) => only === undefined || id === only);
    return devices.flatMap((device) => {
      const own = read.mail.due(friend, device.id, MAX_DUE);
      if (own.length === 0) return [];
      const delivered = fitting(own.filter((row) => !row.read));
      const seen = fitting(own.filter((row) => row.read));
      const used = [...delivered.rows, ...seen.rows];
      if (own.length === MAX_DUE || used.length < own.length) this.#rounds.plan(friend, DELIVERED_MS);
      return [{ device, rows: used, delivered: delivered.ranges, read: withPrefix(device, seen.ranges) }];
    });
  }
}

/** With the whole prefix that they may know to be read: earlier receipts may have been lost with their link. */
function withPrefix({ readToldUpTo }: DeviceRow, ranges: readonly SeqRange[]): SeqRange[] {
  if (readToldUpTo === 0) return [...ranges];
  return [{ first: 1, last: readToldUpTo }, ...ranges.filter(({ last }) => last > readToldUpTo)];
}

/** Sorted numbers -> as many of them as fit MAX_RANGES ranges. */
function fitting(rows: readonly DueRow[]): { readonly ranges: SeqRange[]; readonly rows: DueRow[] } {
  const ranges: { first: number; last: number }[] = [];
  const used: DueRow[] = [];
  for (const row of rows) {
    const current = ranges.at(-1);
    if (current !== undefined && row.seq === current.last + 1) current.last = row.seq;
    else if (ranges.length === MAX_RANGES) break;
    else ranges.push({ first: row.seq, last: row.seq });
    used.push(row);
  }
  return { ranges, rows: used };
}
