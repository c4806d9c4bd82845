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

/** `layout`, but values outside of `min` to `max` are refused. */
export function within(layout: Layout<number>, min: number, max: number, what: string): Layout<number> {
  return {
    size: layout.size,
    type: `${what}, ${min} to ${max}`,
    write(out, value) {
      if (!(value >= min && value <= max)) throw new RangeError(`${value} is not a ${what}`);
      layout.write(out, value);
    },
    read(input) {
      const value = layout.read(input);
      if (value < min || value > max) input.fail('bad-value');
      return value;
    },
  };
}

/** Zeros to the end, at most `max`; the value is how many. The last field: fills packets up to a common size. */
export function zeros(max: number): Layout<number> {
  return {
    size: `0..${max}`,
    type: 'zeros, to the end',
    write(out, value) {
      if (!(Number.isInteger(value) && value >= 0 && value <= max)) throw new RangeError(`${value} zeros`);
      const at = out.reserve(value);
      out.bytes.fill(0, at, at + value);
    },
    read(input) {
      const count = input.end - input.offset;
      if (count > max) input.fail('too-long');
      for (let i = input.offset; i < input.end; i++) if (input.bytes[i] !== 0) input.fail('bad-value');
      input.offset = input.end;
      return count;
    },
  };
}

/** A byte of yes or no, a bit each from the lowest; set bits without a name are refused. */
export function bits<Name extends string>(...names: readonly Name[]): Layout<Readonly<Record<Name, boolean>>> {
  return {
    size: '1',
    type: names.map((name, bit) => `bit ${bit} ${name}`).join(', '),
    write(out, value) {
      let byte = 0;
      for (const [bit, name] of names.entries()) if (value[name]) byte |= 1 << bit;
      u8.write(out, byte);
    },
    read(input) {
      const byte = u8.read(input);
      if (byte >= 1 << names.length) input.fail('bad-value');
      return Object.fromEntries(names.map((name, bit) => [name, (byte & (1 << bit)) !== 0])) as Record<Name, boolean>;
    },
  };
}
