import { fromHex, toHex } from '../ids/bytes.ts';

/*
 * Binary messages of the contract: the sound of calls, beside the requests (docs/api.md, "Sound of calls"). Numbers are
 * big-endian.
 *
 *   offset  size  field
 *   0       1     kind: 1 attach, 2 audio to the core, 3 audio from the core, 4 detached
 *   1       1     kinds 2 and 3: 1 for silence, else 0; kind 4: 0 the call is over, 1 another client took its sound
 *   2       16    call ID
 *   18      8     kinds 2 and 3: media clock of the first sample, 48,000 ticks a second
 *   26      4     kind 3: sequence number of the friend's frame
 *   26, 30  n     kinds 2 and 3: one Opus frame of 20 ms, 1 to 360 bytes; in silence 0 to 360
 */
const KIND = { attach: 1, toCore: 2, fromCore: 3, detached: 4 } as const;
const CALL_BYTES = 16;
const HEAD_BYTES = 2 + CALL_BYTES;
const TO_CORE_BYTES = HEAD_BYTES + 8;
const FROM_CORE_BYTES = TO_CORE_BYTES + 4;
/** Longest Opus frame, in bytes. */
export const MAX_OPUS_BYTES = 360;
/** Longest binary message, in bytes. */
export const MAX_AUDIO_MESSAGE_BYTES = FROM_CORE_BYTES + MAX_OPUS_BYTES;

/** Frame of the microphone's side. `call` is 32 hex digits in all of these. */
export interface AudioToCore {
  readonly kind: 'audio';
  readonly call: string;
  readonly silence: boolean;
  readonly clock: number;
  readonly opus: Uint8Array;
}
export interface AudioFromCore extends AudioToCore {
  readonly sequence: number;
}
export type ClientAudioMessage = AudioToCore | { readonly kind: 'attach'; readonly call: string };
export type CoreAudioMessage =
  | AudioFromCore
  | { readonly kind: 'detached'; readonly call: string; readonly why: 'over' | 'replaced' };

/** @throws {RangeError} for a call that is no ID, a clock that is no whole number below 2^53, a frame too long */
export function writeClientAudio(message: ClientAudioMessage): Uint8Array<ArrayBuffer> {
  if (message.kind === 'attach') return head(KIND.attach, 0, message.call, HEAD_BYTES);
  const bytes = head(KIND.toCore, message.silence ? 1 : 0, message.call, TO_CORE_BYTES + opusBytes(message));
  writeClock(bytes, message.clock);
  bytes.set(message.opus, TO_CORE_BYTES);
  return bytes;
}

/** @throws {RangeError} as `writeClientAudio` */
export function writeCoreAudio(message: CoreAudioMessage): Uint8Array<ArrayBuffer> {
  if (message.kind === 'detached') {
    return head(KIND.detached, message.why === 'replaced' ? 1 : 0, message.call, HEAD_BYTES);
  }
  const bytes = head(KIND.fromCore, message.silence ? 1 : 0, message.call, FROM_CORE_BYTES + opusBytes(message));
  writeClock(bytes, message.clock);
  viewOf(bytes).setUint32(TO_CORE_BYTES, message.sequence);
  bytes.set(message.opus, FROM_CORE_BYTES);
  return bytes;
}

/** What a client says; total: undefined for any other bytes. The frame is a copy. */
export function readClientAudio(bytes: Uint8Array): ClientAudioMessage | undefined {
  const flag = bytes[1];
  if (bytes.length < HEAD_BYTES || (flag !== 0 && flag !== 1)) return undefined;
  const call = callOf(bytes);
  if (bytes[0] === KIND.attach) return bytes.length === HEAD_BYTES && flag === 0 ? { kind: 'attach', call } : undefined;
  if (bytes[0] !== KIND.toCore) return undefined;
  return readAudio(bytes, TO_CORE_BYTES, call);
}

/** What the core says; total. The frame is a copy. */
export function readCoreAudio(bytes: Uint8Array): CoreAudioMessage | undefined {
  const flag = bytes[1];
  if (bytes.length < HEAD_BYTES || (flag !== 0 && flag !== 1)) return undefined;
  const call = callOf(bytes);
  if (bytes[0] === KIND.detached) {
    const why = flag === 1 ? 'replaced' : 'over';
    return bytes.length === HEAD_BYTES ? { kind: 'detached', call, why } : undefined;
  }
  if (bytes[0] !== KIND.fromCore) return undefined;
  const audio = readAudio(bytes, FROM_CORE_BYTES, call);
  return audio && { ...audio, sequence: viewOf(bytes).getUint32(TO_CORE_BYTES) };
}

function readAudio(bytes: Uint8Array, at: number, call: string): AudioToCore | undefined {
  const length = bytes.length - at;
  const silence = bytes[1] === 1;
  if (length < (silence ? 0 : 1) || length > MAX_OPUS_BYTES) return undefined;
  const view = viewOf(bytes);
  const high = view.getUint32(HEAD_BYTES);
  if (high >= 2 ** 21) return undefined;
  const clock = high * 2 ** 32 + view.getUint32(HEAD_BYTES + 4);
  // `slice` of a Node buffer would share its memory.
  return { kind: 'audio', call, silence, clock, opus: new Uint8Array(bytes.subarray(at)) };
}

function head(kind: number, flag: number, call: string, length: number): Uint8Array<ArrayBuffer> {
  const id = fromHex(call);
  if (id?.length !== CALL_BYTES) throw new RangeError('this is no call ID');
  const bytes = new Uint8Array(length);
  bytes[0] = kind;
  bytes[1] = flag;
  bytes.set(id, 2);
  return bytes;
}

function opusBytes({ opus, silence }: AudioToCore): number {
  if (opus.length > MAX_OPUS_BYTES || (opus.length === 0 && !silence)) {
    throw new RangeError(`an Opus frame of ${opus.length} bytes`);
  }
  return opus.length;
}

function writeClock(bytes: Uint8Array, clock: number): void {
  if (!Number.isSafeInteger(clock) || clock < 0) throw new RangeError(`a media clock of ${clock}`);
  const view = viewOf(bytes);
  view.setUint32(HEAD_BYTES, Math.floor(clock / 2 ** 32));
  view.setUint32(HEAD_BYTES + 4, clock % 2 ** 32);
}

function callOf(bytes: Uint8Array): string {
  return toHex(bytes.subarray(2, HEAD_BYTES));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
