/**
 * The few host-independent globals that pure core may use. Everything else (timers, disk, sockets, randomness)
 * comes in through `core/ports`, so this file stays short on purpose.
 */
declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
  encodeInto(text: string, target: Uint8Array): { read: number; written: number };
}
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(bytes: Uint8Array): string;
}
declare function queueMicrotask(task: () => void): void;
