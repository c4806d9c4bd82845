interface Entry {
  readonly bytes: Uint8Array;
  acknowledged: boolean;
}

/** Finished entries at the front before they are cut off. */
const CUT_AT = 256;

/**
 * What was written and not yet acknowledged, in order: what has to be sent again when the path to the peer breaks.
 * Acknowledgements out of order count only once everything before them is acknowledged too.
 */
export class SendQueue {
  /** Told of each buffer that is acknowledged with all before it. */
  onFinished: (bytes: Uint8Array) => void = () => {};
  #entries: Entry[] = [];
  #head = 0;
  #base = 0;
  #pendingBytes = 0;

  /** Position in the stream of the first byte not acknowledged. */
  get base(): number {
    return this.#base;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  push(bytes: Uint8Array): void {
    this.#entries.push({ bytes, acknowledged: false });
    this.#pendingBytes += bytes.byteLength;
  }

  /** The peer has all of this very buffer. Unknown buffers are ignored. */
  acknowledge(bytes: Uint8Array): void {
    let at = this.#head;
    while (at < this.#entries.length && (this.#entries[at]!.bytes !== bytes || this.#entries[at]!.acknowledged)) at++;
    if (at === this.#entries.length) return;
    this.#entries[at]!.acknowledged = true;
    while (this.#entries[this.#head]?.acknowledged) {
      const { bytes: finished } = this.#entries[this.#head++]!;
      this.#base += finished.byteLength;
      this.#pendingBytes -= finished.byteLength;
      this.onFinished(finished);
    }
    if (this.#head >= CUT_AT && this.#head * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
  }

  /** All buffers from `base` on, as not acknowledged: another path starts with them. */
  restart(): Uint8Array[] {
    this.#entries = this.#entries.slice(this.#head);
    this.#head = 0;
    for (const entry of this.#entries) entry.acknowledged = false;
    return this.#entries.map(({ bytes }) => bytes);
  }

  clear(): void {
    this.#entries = [];
    this.#head = 0;
    this.#pendingBytes = 0;
  }
}
