import { nameOf } from '../dht/contact.ts';
import type { Clock } from '../ports/clock.ts';
import { DiskFullError } from '../ports/files.ts';
import type { KeptNote, KeptRow, RelayCacheStore } from '../store/relay-cache.ts';

interface Entry {
  readonly place: number;
  readonly row: KeptRow;
  readonly bytes: Uint8Array;
}
/** What a change replaced, so that it can be taken back. */
type Undo =
  | { readonly kind: 'envelope'; readonly name: string; readonly before: Entry | undefined }
  | { readonly kind: 'note'; readonly name: string; readonly before: KeptNote | undefined };

/**
 * The disk of a relay cache, in memory. Survives the simulated crash of its computer: open it again in the restarted
 * one. What was not committed by then is lost. Bytes are kept as they are handed over, so that a thousand simulated
 * carriers share the arrays of an envelope.
 */
export class MemoryCacheDisk {
  /** While true, commits fail with {DiskFullError} and change nothing. */
  full = false;
  readonly envelopes = new Map<string, Entry>();
  readonly notes = new Map<string, KeptNote>();
  /** An envelope came or went. */
  onChange: (name: string, isHere: boolean) => void = () => {};
  /** No note expires before: a look at all of them is needed no sooner. */
  firstNoteEnd = Number.POSITIVE_INFINITY;
  #opened: MemoryCache | undefined;
  #places = 0;

  /** @param options clock of the running process and time a commit takes; without: it is there in a later microtask. */
  open(options: CommitTime = {}): MemoryCache {
    this.crash();
    this.#opened = new MemoryCache(this, options);
    return this.#opened;
  }

  /** The process that had it open is dead: what it had not committed never was, and it can change nothing any more. */
  crash(): void {
    this.#opened?.die();
    this.#opened = undefined;
  }

  /** A crash now would leave this envelope here. */
  hasSaved(name: string): boolean {
    return this.#opened?.hasSaved(name) ?? this.envelopes.has(name);
  }

  nextPlace(): number {
    return this.#places++;
  }

  /** For its cache. */
  set(name: string, entry: Entry | undefined): void {
    const wasHere = this.envelopes.has(name);
    restore(this.envelopes, name, entry);
    if (wasHere !== (entry !== undefined)) this.onChange(name, !wasHere);
  }
}

export interface CommitTime {
  readonly clock?: Clock;
  readonly commitMs?: number;
}

/** One process's view of a {MemoryCacheDisk}. */
export class MemoryCache implements RelayCacheStore {
  readonly #disk: MemoryCacheDisk;
  readonly #options: CommitTime;
  #undo: Undo[] = [];
  #waiting: { resolve(): void; reject(error: Error): void }[] = [];
  #planned = false;
  #dead = false;

  constructor(disk: MemoryCacheDisk, options: CommitTime) {
    this.#disk = disk;
    this.#options = options;
  }

  rows(): Iterable<KeptRow> {
    return [...this.#disk.envelopes.values()].sort((a, b) => a.place - b.place).map(({ row }) => row);
  }

  notes(): Iterable<KeptNote> {
    return [...this.#disk.notes.values()];
  }

  bytes(id: Uint8Array): Uint8Array | undefined {
    return this.#dead ? undefined : this.#disk.envelopes.get(nameOf(id))?.bytes;
  }

  put(row: KeptRow, bytes: Uint8Array): void {
    const name = nameOf(row.id);
    this.#change({ kind: 'envelope', name, before: this.#disk.envelopes.get(name) }, () => {
      const place = this.#disk.envelopes.get(name)?.place ?? this.#disk.nextPlace();
      this.#disk.set(name, { place, row, bytes });
    });
  }

  delete(id: Uint8Array): void {
    const name = nameOf(id);
    const before = this.#disk.envelopes.get(name);
    if (before === undefined) return;
    this.#change({ kind: 'envelope', name, before }, () => this.#disk.set(name, undefined));
  }

  putNote(note: KeptNote): void {
    const name = noteName(note);
    const before = this.#disk.notes.get(name);
    this.#disk.firstNoteEnd = Math.min(this.#disk.firstNoteEnd, note.expiresAt);
    this.#change({ kind: 'note', name, before }, () => this.#disk.notes.set(name, note));
  }

  deleteNote(kind: KeptNote['kind'], key: Uint8Array): void {
    const name = noteName({ kind, key });
    const before = this.#disk.notes.get(name);
    if (before !== undefined) this.#change({ kind: 'note', name, before }, () => this.#disk.notes.delete(name));
  }

  expireNotes(wallMs: number): void {
    if (this.#dead || this.#disk.firstNoteEnd >= wallMs) return;
    this.#disk.firstNoteEnd = Number.POSITIVE_INFINITY;
    for (const [name, before] of this.#disk.notes) {
      this.#disk.firstNoteEnd = Math.min(this.#disk.firstNoteEnd, before.expiresAt);
      if (before.expiresAt >= wallMs) continue;
      this.#change({ kind: 'note', name, before }, () => this.#disk.notes.delete(name));
    }
  }

  /** Never settles once its process is dead. */
  saved(): Promise<void> {
    if (!this.#planned) return this.#dead ? new Promise(() => {}) : Promise.resolve();
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async close(): Promise<void> {
    this.#commit();
    this.#dead = true;
  }

  /** For the disk. */
  die(): void {
    this.#dead = true;
    this.#waiting = [];
    this.#takeBack();
  }

  /** For the disk. */
  hasSaved(name: string): boolean {
    const first = this.#undo.find((undo) => undo.kind === 'envelope' && undo.name === name);
    return first === undefined ? this.#disk.envelopes.has(name) : first.before !== undefined;
  }

  #change(undo: Undo, change: () => void): void {
    if (this.#dead) return;
    this.#undo.push(undo);
    change();
    if (this.#planned) return;
    this.#planned = true;
    const { clock, commitMs } = this.#options;
    if (clock === undefined || commitMs === undefined) queueMicrotask(() => this.#commit());
    else clock.after(commitMs, () => this.#commit());
  }

  #commit(): void {
    if (this.#dead || !this.#planned) return;
    this.#planned = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    if (this.#disk.full) {
      this.#takeBack();
      for (const { reject } of waiting) reject(new DiskFullError());
    } else {
      this.#undo = [];
      for (const { resolve } of waiting) resolve();
    }
  }

  #takeBack(): void {
    for (const undo of this.#undo.reverse()) {
      if (undo.kind === 'envelope') this.#disk.set(undo.name, undo.before);
      else restore(this.#disk.notes, undo.name, undo.before);
    }
    this.#undo = [];
  }
}

function restore<T>(map: Map<string, T>, name: string, before: T | undefined): void {
  if (before === undefined) map.delete(name);
  else map.set(name, before);
}

function noteName({ kind, key }: Pick<KeptNote, 'kind' | 'key'>): string {
  return `${kind} ${nameOf(key)}`;
}
