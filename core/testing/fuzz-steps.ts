import { concat } from '../ids/bytes.ts';

/** One thing done to a running part of the program: what it means is up to the target. */
export interface FuzzStep {
  readonly flags: number;
  readonly bytes: Uint8Array;
}

const MAX_STEPS = 24;

/** Several steps as one input: flags u8, length u16, bytes, and so on. */
export function writeSteps(steps: readonly FuzzStep[]): Uint8Array {
  return concat(
    ...steps.map(({ flags, bytes }) => concat(Uint8Array.of(flags, bytes.length >>> 8, bytes.length), bytes)),
  );
}

/** Any input as steps: a length that is too great ends at the end of the input. */
export function readSteps(input: Uint8Array): FuzzStep[] {
  const steps: FuzzStep[] = [];
  for (let at = 0; at + 3 <= input.length && steps.length < MAX_STEPS; ) {
    const end = Math.min(input.length, at + 3 + ((input[at + 1]! << 8) | input[at + 2]!));
    steps.push({ flags: input[at]!, bytes: input.slice(at + 3, end) });
    at = end;
  }
  return steps;
}
