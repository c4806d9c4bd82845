import { concat } from '../ids/bytes.ts';
import type { SeededRandom } from './seeded-random.ts';

/** Numbers at the edges of fields and of the checks behind them. */
const EDGES = [0, 1, 2, 4, 6, 7, 8, 16, 31, 32, 63, 64, 127, 128, 254, 255];
const WIDE_EDGES = [0, 1, 255, 256, 1_023, 1_024, 1_025, 0x7fff, 0x8000, 0xffff];
/** Most mutations of one input, one after another. */
const MAX_STACKED = 6;
const MAX_INSERTED = 40;

type Change = (input: Uint8Array, random: SeededRandom) => Uint8Array;

const changes: readonly Change[] = [
  flip,
  flip,
  overwrite,
  overwrite,
  overwriteWide,
  cutTail,
  cutOut,
  insert,
  repeat,
  swap,
];

/**
 * A mutated copy of one of the inputs, of at most `maxBytes`: bits flipped, numbers replaced by edges, pieces cut,
 * doubled, swapped or spliced from another input.
 */
export function mutated(pool: readonly Uint8Array[], maxBytes: number, random: SeededRandom): Uint8Array {
  let input: Uint8Array = random.pick(pool).slice();
  const times = 1 + random.integer(MAX_STACKED);
  for (let i = 0; i < times; i++) {
    input = random.chance(0.08) ? splice(input, random.pick(pool), random) : random.pick(changes)(input, random);
  }
  return input.slice(0, maxBytes);
}

/** Most bytes from noise alone: what a stranger's port scanner sends. */
export function noise(maxBytes: number, random: SeededRandom): Uint8Array {
  return random.bytes(random.integer(maxBytes + 1));
}

function flip(input: Uint8Array, random: SeededRandom): Uint8Array {
  if (input.length > 0) input[random.integer(input.length)]! ^= 1 << random.integer(8);
  return input;
}

function overwrite(input: Uint8Array, random: SeededRandom): Uint8Array {
  if (input.length > 0) {
    input[random.integer(input.length)] = random.chance(0.7) ? random.pick(EDGES) : random.integer(256);
  }
  return input;
}

function overwriteWide(input: Uint8Array, random: SeededRandom): Uint8Array {
  if (input.length < 2) return input;
  const at = random.integer(input.length - 1);
  const value = random.pick(WIDE_EDGES);
  input[at] = value >>> 8;
  input[at + 1] = value;
  return input;
}

function cutTail(input: Uint8Array, random: SeededRandom): Uint8Array {
  return input.slice(0, random.integer(input.length + 1));
}

function piece(input: Uint8Array, random: SeededRandom): [from: number, to: number] {
  const from = random.integer(input.length + 1);
  return [from, from + random.integer(Math.min(MAX_INSERTED, input.length - from) + 1)];
}

function cutOut(input: Uint8Array, random: SeededRandom): Uint8Array {
  const [from, to] = piece(input, random);
  return concat(input.subarray(0, from), input.subarray(to));
}

function insert(input: Uint8Array, random: SeededRandom): Uint8Array {
  const at = random.integer(input.length + 1);
  return concat(input.subarray(0, at), random.bytes(1 + random.integer(MAX_INSERTED)), input.subarray(at));
}

function repeat(input: Uint8Array, random: SeededRandom): Uint8Array {
  const [from, to] = piece(input, random);
  return concat(input.subarray(0, to), input.subarray(from));
}

function swap(input: Uint8Array, random: SeededRandom): Uint8Array {
  const [from, to] = piece(input, random);
  return concat(input.subarray(to), input.subarray(from, to), input.subarray(0, from));
}

function splice(input: Uint8Array, other: Uint8Array, random: SeededRandom): Uint8Array {
  return concat(input.subarray(0, random.integer(input.length + 1)), other.subarray(random.integer(other.length + 1)));
}
