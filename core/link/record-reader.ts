import { RECORD_HEADER_BYTES, readFrames, readRecordHeader, TAG_BYTES } from '../codec/link.ts';
import { aeadOpenInto, wipe } from '../crypto/crypto.ts';

export type FrameListener = (channel: number, frame: Uint8Array) => boolean;
export type ReadFailure = 'bad-record-length' | 'bad-record' | 'bad-frame';

/**
 * Cuts one direction of a link's stream into records, opens them and hands out their frames. Owns the key and its
 * counter. After a failure nothing that follows can be told from noise, so the stream has to be given up.
 */
export class RecordReader {
  readonly #onFrame: FrameListener;
  readonly #header = new Uint8Array(RECORD_HEADER_BYTES);
  #key: Uint8Array;
  #counter = 0;
  #total = 0;
  #position = 0;
  #headerFilled = 0;
  /** Length of the sealed part of the record that is coming in. */
  #length = 0;
  /** Its bytes so far, when it comes in several chunks. */
  #parts: Uint8Array | undefined;
  #filled = 0;
  #destroyed = false;

  /** `onFrame` returns false to refuse a frame, which fails the stream. Frames belong to it. */
  constructor(key: Uint8Array, onFrame: FrameListener) {
    this.#key = key;
    this.#onFrame = onFrame;
  }

  /** Records opened since the stream began. */
  get total(): number {
    return this.#total;
  }

  /** Bytes of the stream up to the end of the last record that opened. */
  get position(): number {
    return this.#position;
  }

  /** Bytes until the record that is coming in is complete, 0 while its length is not known. */
  get missing(): number {
    return this.#headerFilled < RECORD_HEADER_BYTES ? 0 : this.#length - this.#filled;
  }

  /** Wipes the key and goes on with the new one (32 bytes, belongs to the reader), from the next record on. */
  changeKey(key: Uint8Array): void {
    wipe(this.#key);
    this.#key = key;
    this.#counter = 0;
  }

  /** No frame is handed out any more, not even of the chunk at hand. */
  destroy(): void {
    this.#destroyed = true;
    this.#parts = undefined;
    wipe(this.#key);
  }

  /** Takes the next bytes of the stream, of any length; does not keep or change them. */
  push(chunk: Uint8Array): ReadFailure | undefined {
    let at = 0;
    while (at < chunk.length && !this.#destroyed) {
      if (this.#headerFilled < RECORD_HEADER_BYTES) {
        this.#header[this.#headerFilled++] = chunk[at++]!;
        if (this.#headerFilled === RECORD_HEADER_BYTES) {
          const length = readRecordHeader(this.#header, 0);
          if (length === undefined) return 'bad-record-length';
          this.#length = length;
        }
        continue;
      }
      const taken = Math.min(chunk.length - at, this.#length - this.#filled);
      const failure = this.#take(chunk.subarray(at, at + taken));
      if (failure !== undefined) return failure;
      at += taken;
    }
    return undefined;
  }

  /** Records are opened in place, in an array of their own: their frames belong to whoever gets them. */
  #take(piece: Uint8Array): ReadFailure | undefined {
    const length = this.#length;
    if (piece.length === length) return this.#open(new Uint8Array(length - TAG_BYTES), piece);
    this.#parts ??= new Uint8Array(length);
    this.#parts.set(piece, this.#filled);
    this.#filled += piece.length;
    if (this.#filled < length) return undefined;
    const sealed = this.#parts;
    this.#parts = undefined;
    this.#filled = 0;
    return this.#open(sealed.subarray(0, length - TAG_BYTES), sealed);
  }

  #open(plain: Uint8Array, sealed: Uint8Array): ReadFailure | undefined {
    if (!aeadOpenInto(plain, sealed, { key: this.#key, counter: this.#counter, ad: this.#header })) return 'bad-record';
    this.#counter++;
    this.#total++;
    this.#position += RECORD_HEADER_BYTES + sealed.length;
    this.#headerFilled = 0;
    return readFrames(plain, this.#deliver) ? undefined : 'bad-frame';
  }

  readonly #deliver: FrameListener = (channel, frame) => this.#destroyed || this.#onFrame(channel, frame);
}
