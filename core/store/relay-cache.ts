/** What is remembered of a kept envelope besides its bytes. */
export interface KeptRow {
  /** 16 bytes. */
  readonly id: Uint8Array;
  /** Position of the destination, 32 bytes. */
  readonly destination: Uint8Array;
  readonly copies: number;
  /** Length of the envelope in bytes. */
  readonly size: number;
  /** When its life ends, by this computer's wall clock. */
  readonly expiresAt: number;
  /** Its destination's policy does not vouch for it. */
  readonly stranger: boolean;
  /** Who handed it over, as far as quotas go: a node or an address group. */
  readonly source: string;
}

/** A record that outlives the envelopes it speaks of: a destination's policy or receipt, as it stands on the wire. */
export interface KeptNote {
  readonly kind: 'receipt' | 'policy';
  /** A policy replaces the one with the same key; receipts have a key of their own. */
  readonly key: Uint8Array;
  readonly bytes: Uint8Array;
  readonly expiresAt: number;
}

/**
 * The relay cache's disk. Changes are gathered and committed together; whoever promised something to another node waits
 * for `saved` first. Reads see all changes at once. After `close` nothing is found or changed, and `saved` never settles:
 * a carrier's round may be on its way then.
 */
export interface RelayCacheStore {
  /** Everything kept, oldest first. */
  rows(): Iterable<KeptRow>;
  notes(): Iterable<KeptNote>;
  /** @throws {StoreError} where the disk is damaged */
  bytes(id: Uint8Array): Uint8Array | undefined;
  put(row: KeptRow, bytes: Uint8Array): void;
  delete(id: Uint8Array): void;
  putNote(note: KeptNote): void;
  deleteNote(kind: KeptNote['kind'], key: Uint8Array): void;
  /** Forgets notes whose life ended before `wallMs`. */
  expireNotes(wallMs: number): void;
  /** Resolves when all changes made so far survive a kill of the process. @throws {DiskFullError}, {StoreError} by the promise */
  saved(): Promise<void>;
  close(): Promise<void>;
}
