import {
  FRAME_HEADER_BYTES,
  MAX_RECORD_PLAIN_BYTES,
  MAX_RECORD_SEALED_BYTES,
  RECORD_HEADER_BYTES,
  TAG_BYTES,
  writeFrame,
  writeRecordHeader,
} from '../codec/link.ts';
import { aeadSealInto, wipe } from '../crypto/crypto.ts';

/** Records one key may seal: far below the bounds of ChaCha20-Poly1305, and counters stay exact numbers. */
export const MAX_RECORDS_PER_KEY = 2 ** 40;

const MAX_RECORD_BYTES = RECORD_HEADER_BYTES + MAX_RECORD_SEALED_BYTES;
/** Shorter records get an array of their own; for longer ones that costs more than the sealing. */
const LEAST_KEPT_BYTES = MAX_RECORD_BYTES / 2;
/** Arrays kept for the records to come: what is under way on a fast path. */
const MAX_KEPT = 32;

export interface RecordWriterOptions {
  /** 32 bytes; belongs to the writer, which wipes it. */
  readonly key: Uint8Array;
  /** Takes one finished record. */
  readonly write: (record: Uint8Array) => void;
}

/**
 * Collects frames and seals them into records: one for all frames of a burst, as long as they fit. One direction of a
 * link's stream; owns the key and its counter.
 */
export class RecordWriter {
  readonly #write: (record: Uint8Array) => void;
  #key: Uint8Array;
  #counter = 0;
  #total = 0;
  #channels: number[] = [];
  #frames: Uint8Array[] = [];
  #plainBytes = 0;
  /** Arrays of MAX_RECORD_BYTES that nobody uses. */
  readonly #kept: ArrayBufferLike[] = [];
  #destroyed = false;

  constructor({ key, write }: RecordWriterOptions) {
    this.#key = key;
    this.#write = write;
  }

  /** Records sealed with the present key. */
  get counter(): number {
    return this.#counter;
  }

  /** Records written since the stream began. */
  get total(): number {
    return this.#total;
  }

  /** Queues a frame of at most MAX_FRAME_BYTES; a full record goes out at once. */
  push(channel: number, frame: Uint8Array): void {
    const bytes = FRAME_HEADER_BYTES + frame.length;
    if (this.#plainBytes + bytes > MAX_RECORD_PLAIN_BYTES) this.flush();
    this.#channels.push(channel);
    this.#frames.push(frame);
    this.#plainBytes += bytes;
  }

  /** Seals and writes what was pushed. */
  flush(): void {
    const plainBytes = this.#plainBytes;
    if (plainBytes === 0) return;
    const record = this.#room(RECORD_HEADER_BYTES + plainBytes + TAG_BYTES);
    writeRecordHeader(record, plainBytes + TAG_BYTES);
    const frames = this.#frames;
    let at = RECORD_HEADER_BYTES;
    for (let i = 0; i < frames.length; i++) at = writeFrame(record, at, this.#channels[i]!, frames[i]!);
    this.#channels = [];
    this.#frames = [];
    this.#plainBytes = 0;
    // Sealed in place: laying the frames out is the only copy.
    aeadSealInto(record.subarray(RECORD_HEADER_BYTES), record.subarray(RECORD_HEADER_BYTES, at), {
      key: this.#key,
      counter: this.#counter++,
      ad: record.subarray(0, RECORD_HEADER_BYTES),
    });
    this.#total++;
    this.#write(record);
  }

  /** A record that was written is of no use to anybody any more: its memory may carry another. */
  recycle(record: Uint8Array): void {
    const { buffer } = record;
    if (buffer.byteLength === MAX_RECORD_BYTES && this.#kept.length < MAX_KEPT) this.#kept.push(buffer);
  }

  /** Gives back the memory that `recycle` kept. */
  forgetKept(): void {
    this.#kept.length = 0;
  }

  /** Flushes under the old key, wipes it and goes on with the new one (32 bytes, belongs to the writer). */
  changeKey(key: Uint8Array): void {
    this.flush();
    wipe(this.#key);
    // Flushing may have ended the link, and the new key with it.
    if (this.#destroyed) return wipe(key);
    this.#key = key;
    this.#counter = 0;
  }

  #room(bytes: number): Uint8Array {
    if (bytes < LEAST_KEPT_BYTES) return new Uint8Array(bytes);
    return new Uint8Array(this.#kept.pop() ?? new ArrayBuffer(MAX_RECORD_BYTES), 0, bytes);
  }

  /** Drops what was pushed and wipes the key. The writer is of no use after it. */
  destroy(): void {
    this.#channels = [];
    this.#frames = [];
    this.#plainBytes = 0;
    this.#kept.length = 0;
    this.#destroyed = true;
    wipe(this.#key);
  }
}
