import { equalBytes, toHex } from '../ids/bytes.ts';

/** One decoder, or one part of the program that takes bytes from strangers. */
export interface FuzzTarget {
  readonly name: string;
  /** Valid inputs to start from; at least one. */
  readonly corpus: readonly Uint8Array[];
  /** Longest input tried; default: twice the longest of the corpus and some. */
  readonly maxBytes?: number;
  /** How long one input may take in ms; default INPUT_LIMIT_MS. */
  readonly limitMs?: number;
  /** Share of a run's time against other targets; default 1. For those that build a world for each input. */
  readonly weight?: number;
  /**
   * Feeds one input, which belongs to the target. Nothing that happened before may matter, so that a failure can be
   * repeated with its input alone.
   * @returns whether it was accepted. @throws {FuzzFailure}, or anything the code under test throws: both are bugs
   */
  run(input: Uint8Array): boolean | Promise<boolean>;
}

/** Time for one input, far above what any takes on a busy machine. */
export const INPUT_LIMIT_MS = 250;

/** A promise of the code under test was broken. */
export class FuzzFailure extends Error {
  override readonly name = 'FuzzFailure';
}

/** @throws {FuzzFailure} with `what` unless the condition holds. */
export function must(condition: boolean, what: string): asserts condition {
  if (!condition) throw new FuzzFailure(what);
}

/** A value has one encoding: what was accepted comes out as it came in. @throws {FuzzFailure} */
export function mustBeSame(input: Uint8Array, again: Uint8Array): void {
  if (!equalBytes(input, again)) throw new FuzzFailure(`encodes differently: ${toHex(again)}`);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** Any bytes as text; what is no UTF-8 becomes U+FFFD. */
export function anyText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
