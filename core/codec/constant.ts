import { type Layout, u8 } from './layout.ts';

/** A byte that has one permitted value. */
export function constant(value: number, what: string): Layout<undefined> {
  return {
    size: '1',
    type: `${what}: ${value}`,
    write: (out) => u8.write(out, value),
    read(input) {
      if (u8.read(input) !== value) input.fail('bad-value');
      return undefined;
    },
  };
}

/** Zeros up to `total` bytes from the start, the last field; anything else there is refused: no room to hide bits. */
export function zerosTo(total: number): Layout<undefined> {
  return {
    size: `to ${total}`,
    type: 'zeros',
    write(out) {
      if (out.offset > total) throw new RangeError(`at most ${total} bytes, not ${out.offset}`);
      const at = out.reserve(total - out.offset);
      out.bytes.fill(0, at, total);
    },
    read(input) {
      if (input.end !== total) input.fail('bad-length');
      for (let i = input.offset; i < input.end; i++) if (input.bytes[i] !== 0) input.fail('bad-value');
      input.offset = input.end;
      return undefined;
    },
  };
}
