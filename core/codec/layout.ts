/**
 * Byte layouts from one field description: encoder, decoder and the tables of `docs/protocol.md` all come from it, so
 * they cannot disagree. Numbers are big-endian. Decoders are total: any input gives a value or a reason.
 */

export type DecodeFailure = 'too-short' | 'too-long' | 'bad-length' | 'bad-value' | 'bad-text' | 'unknown-kind';

export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: DecodeFailure };

/** Cursor over input; a failed read sets `failure` once and returns a harmless value, so fields need no branches. */
export class Reader {
  offset: number;
  failure: DecodeFailure | undefined = undefined;
  readonly end: number;

  constructor(
    readonly bytes: Uint8Array,
    offset = 0,
  ) {
    this.offset = offset;
    this.end = bytes.length;
  }

  fail(reason: DecodeFailure): void {
    this.failure ??= reason;
    this.offset = this.end;
  }

  /** True when `count` bytes are left; fails the reader otherwise. */
  has(count: number): boolean {
    if (this.failure === undefined && this.end - this.offset >= count) return true;
    this.fail('too-short');
    return false;
  }
}

/** Growing output; one instance is reused for all encodings of a layout, `finish` copies the result out. */
export class Writer {
  bytes = new Uint8Array(256);
  offset = 0;

  /** Makes room for `count` more bytes and returns the offset to write them at. */
  reserve(count: number): number {
    const start = this.offset;
    const needed = start + count;
    if (needed > this.bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
      larger.set(this.bytes.subarray(0, start));
      this.bytes = larger;
    }
    this.offset = needed;
    return start;
  }
}

/** One field or a whole record. */
export interface Layout<T> {
  /** @throws {RangeError} when the value does not fit: a bug of ours. */
  write(out: Writer, value: T): void;
  read(input: Reader): T;
  /** Row for the protocol tables: size in bytes (a number or a range) and what it is. */
  readonly size: string;
  readonly type: string;
  /** Fields of a struct, for the tables. */
  readonly fields?: readonly { readonly name: string; readonly layout: AnyLayout }[];
}

// biome-ignore lint/suspicious/noExplicitAny: tables of fields and variants hold layouts of any value type
export type AnyLayout = Layout<any>;

export type ValueOf<L> = L extends Layout<infer T> ? T : never;

function unsigned(byteLength: 1 | 2 | 4): Layout<number> {
  const limit = 2 ** (8 * byteLength);
  return {
    size: String(byteLength),
    type: `u${8 * byteLength}`,
    write(out, value) {
      if (!(value >= 0 && value < limit && Number.isInteger(value)))
        throw new RangeError(`${value} is not a u${8 * byteLength}`);
      let at = out.reserve(byteLength) + byteLength;
      let rest = value;
      for (let i = 0; i < byteLength; i++) {
        out.bytes[--at] = rest & 0xff;
        rest >>>= 8;
      }
    },
    read(input) {
      if (!input.has(byteLength)) return 0;
      let value = 0;
      for (let i = 0; i < byteLength; i++) value = value * 256 + input.bytes[input.offset++]!;
      return value;
    },
  };
}

export const u8 = unsigned(1);
export const u16 = unsigned(2);
export const u32 = unsigned(4);

/** Eight bytes on the wire, 0 to 2^53 - 1 here; larger values are refused. */
export const u64: Layout<number> = {
  size: '8',
  type: 'u64 below 2^53',
  write(out, value) {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is not a u64 below 2^53`);
    u32.write(out, Math.floor(value / 2 ** 32));
    u32.write(out, value % 2 ** 32);
  },
  read(input) {
    const high = u32.read(input);
    const low = u32.read(input);
    if (high >= 2 ** 21) input.fail('bad-value');
    return high * 2 ** 32 + low;
  },
};

/** One byte, 0 or 1; anything else is refused. */
export const bool: Layout<boolean> = {
  size: '1',
  type: '0 or 1',
  write(out, value) {
    const at = out.reserve(1);
    out.bytes[at] = value ? 1 : 0;
  },
  read(input) {
    const value = u8.read(input);
    if (value > 1) input.fail('bad-value');
    return value === 1;
  },
};

/** Exactly `length` bytes. The value read shares memory with the input. */
export function fixed<T extends Uint8Array = Uint8Array>(length: number, what = 'bytes'): Layout<T> {
  return {
    size: String(length),
    type: what,
    write(out, value) {
      if (value.length !== length) throw new RangeError(`${what}: ${length} bytes expected, ${value.length} given`);
      const at = out.reserve(length);
      out.bytes.set(value, at);
    },
    read(input) {
      if (!input.has(length)) return EMPTY as T;
      const value = input.bytes.subarray(input.offset, input.offset + length);
      input.offset += length;
      return value as T;
    },
  };
}

const EMPTY = new Uint8Array(0);

/** A length (u8, u16 or u32 by `max`), then that many bytes. Shares memory with the input. */
export function sized(max: number, what = 'bytes'): Layout<Uint8Array> {
  const length = lengthField(max);
  return {
    size: `${length.size} + 0..${max}`,
    type: `length, then ${what}`,
    write(out, value) {
      if (value.length > max) throw new RangeError(`${what}: at most ${max} bytes, ${value.length} given`);
      length.write(out, value.length);
      const at = out.reserve(value.length);
      out.bytes.set(value, at);
    },
    read(input) {
      const count = length.read(input);
      if (count > max) input.fail('bad-length');
      if (!input.has(count)) return EMPTY;
      const value = input.bytes.subarray(input.offset, input.offset + count);
      input.offset += count;
      return value;
    },
  };
}

function lengthField(max: number): Layout<number> {
  if (max < 2 ** 8) return u8;
  return max < 2 ** 16 ? u16 : u32;
}

/** All bytes that are left, 0 to `max`. Only as the last field. Shares memory with the input. */
export function rest(max: number, what = 'bytes'): Layout<Uint8Array> {
  return {
    size: `0..${max}`,
    type: `${what}, to the end`,
    write(out, value) {
      if (value.length > max) throw new RangeError(`${what}: at most ${max} bytes, ${value.length} given`);
      const at = out.reserve(value.length);
      out.bytes.set(value, at);
    },
    read(input) {
      if (input.end - input.offset > max) {
        input.fail('too-long');
        return EMPTY;
      }
      const value = input.bytes.subarray(input.offset, input.end);
      input.offset = input.end;
      return value;
    },
  };
}

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 text with its length in bytes before it; ill-formed UTF-8 is refused. */
export function text(maxBytes: number): Layout<string> {
  const bytes = sized(maxBytes, 'UTF-8');
  return {
    size: bytes.size,
    type: bytes.type,
    write(out, value) {
      bytes.write(out, textEncoder.encode(value));
    },
    read(input) {
      const raw = bytes.read(input);
      try {
        return textDecoder.decode(raw);
      } catch {
        input.fail('bad-text');
        return '';
      }
    },
  };
}

/** A count (u8 or u16 by `max`), then the items. */
export function list<T>(item: Layout<T>, max: number): Layout<readonly T[]> {
  const count = lengthField(max);
  return {
    size: `${count.size} + 0..${max} x (${item.size})`,
    type: `count, then ${item.type}`,
    write(out, value) {
      if (value.length > max) throw new RangeError(`at most ${max} items, ${value.length} given`);
      count.write(out, value.length);
      for (const element of value) item.write(out, element);
    },
    read(input) {
      const length = count.read(input);
      if (length > max) input.fail('bad-length');
      const items: T[] = [];
      for (let i = 0; i < length && input.failure === undefined; i++) items.push(item.read(input));
      return items;
    },
  };
}

/** A presence byte (0 or 1), then the value when it is 1. */
export function optional<T>(item: Layout<T>): Layout<T | undefined> {
  return {
    size: `1 + (0 or ${item.size})`,
    type: `presence, then ${item.type}`,
    write(out, value) {
      bool.write(out, value !== undefined);
      if (value !== undefined) item.write(out, value);
    },
    read(input) {
      return bool.read(input) ? item.read(input) : undefined;
    },
  };
}

/** One of a fixed set of numbers named once, as a byte. */
export function enumeration<Name extends string>(names: Readonly<Record<Name, number>>): Layout<Name> {
  const byNumber = new Map<number, Name>();
  for (const name in names) byNumber.set(names[name], name);
  return {
    size: '1',
    type: Object.entries(names)
      .map(([name, value]) => `${value} ${name}`)
      .join(', '),
    write(out, value) {
      u8.write(out, names[value]);
    },
    read(input) {
      const name = byNumber.get(u8.read(input));
      if (name === undefined) input.fail('bad-value');
      return name as Name;
    },
  };
}

type StructValue<F extends Record<string, AnyLayout>> = { readonly [K in keyof F]: ValueOf<F[K]> };

/** Fields one after another, in the order given. */
export function struct<F extends Record<string, AnyLayout>>(fields: F): Layout<StructValue<F>> {
  const names = Object.keys(fields);
  const layouts = names.map((name) => fields[name]!);
  return {
    size: layouts.map((layout) => layout.size).join(' + '),
    type: 'record',
    fields: names.map((name) => ({ name, layout: fields[name]! })),
    write(out, value) {
      for (let i = 0; i < layouts.length; i++) layouts[i]!.write(out, value[names[i]! as keyof typeof value]);
    },
    read(input) {
      const value: Record<string, unknown> = {};
      for (let i = 0; i < layouts.length; i++) value[names[i]!] = layouts[i]!.read(input);
      return value as StructValue<F>;
    },
  };
}

type Variants = Readonly<Record<string, { readonly number: number; readonly layout: AnyLayout }>>;
/** A value of a tagged union: the variant's name and its fields. */
export type VariantValue<V extends Variants> = {
  [K in keyof V & string]: { readonly kind: K; readonly body: ValueOf<V[K]['layout']> };
}[keyof V & string];

/** A kind byte, then the record of that kind. */
export function variant<V extends Variants>(variants: V): Layout<VariantValue<V>> & { readonly variants: V } {
  const byNumber = new Map<number, keyof V & string>();
  for (const kind in variants) byNumber.set(variants[kind]!.number, kind);
  return {
    variants,
    size: '1 + ...',
    type: 'kind, then the record of that kind',
    write(out, value) {
      const { number, layout } = variants[value.kind]!;
      u8.write(out, number);
      layout.write(out, value.body);
    },
    read(input) {
      const kind = byNumber.get(u8.read(input));
      if (kind === undefined) {
        input.fail('unknown-kind');
        return undefined as never;
      }
      return { kind, body: variants[kind]!.layout.read(input) } as VariantValue<V>;
    },
  };
}

const shared = new Writer();

/** The bytes of `value`, in a fresh array that belongs to the caller. @throws {RangeError} when a field does not fit. */
export function encode<T>(layout: Layout<T>, value: T): Uint8Array<ArrayBuffer> {
  shared.offset = 0;
  layout.write(shared, value);
  return shared.bytes.slice(0, shared.offset);
}

/** Reads a whole input; trailing bytes are refused. The value may share memory with `bytes`. Never throws. */
export function decode<T>(layout: Layout<T>, bytes: Uint8Array, offset = 0): Decoded<T> {
  const input = new Reader(bytes, offset);
  const value = layout.read(input);
  if (input.failure !== undefined) return { ok: false, reason: input.failure };
  if (input.offset !== input.end) return { ok: false, reason: 'too-long' };
  return { ok: true, value };
}
