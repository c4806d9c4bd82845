const encoder = new TextEncoder();
const prefixes = { hash: new Map<string, Uint8Array>(), sign: new Map<string, Uint8Array>() };

const LENGTH_BYTES = 4;
/** Most inputs fit; larger ones get a buffer of their own. */
const scratch = new Uint8Array(4096);

/**
 * The bytes that keep inputs of different uses apart: length and text of `parley:<use>:<domain>`. Kept for ever, so
 * domains are constants of the code. @throws {RangeError} when it is empty, too long or not ASCII.
 */
export function domainPrefix(use: 'hash' | 'sign', domain: string): Uint8Array {
  const known = prefixes[use].get(domain);
  if (known !== undefined) return known;
  const name = `parley:${use}:${domain}`;
  if (domain.length === 0 || !/^[ -~]+$/.test(domain)) throw new RangeError('a domain is non-empty printable ASCII');
  if (name.length > 255) throw new RangeError('domain is too long');
  const prefix = Uint8Array.of(name.length, ...encoder.encode(name));
  prefixes[use].set(domain, prefix);
  return prefix;
}

function framedLength(prefix: Uint8Array | undefined, parts: readonly Uint8Array[]): number {
  let length = prefix?.length ?? 0;
  for (const part of parts) length += part.length + (prefix === undefined ? 0 : LENGTH_BYTES);
  return length;
}

function writeLength(out: Uint8Array, offset: number, value: number): void {
  out[offset] = value >>> 24;
  out[offset + 1] = value >>> 16;
  out[offset + 2] = value >>> 8;
  out[offset + 3] = value;
}

/** Prefix, then each part behind its length (32 bits, big-endian); without a prefix just the parts. */
function frameParts(out: Uint8Array, prefix: Uint8Array | undefined, parts: readonly Uint8Array[]): void {
  let offset = 0;
  if (prefix !== undefined) {
    out.set(prefix);
    offset = prefix.length;
  }
  for (const part of parts) {
    if (prefix !== undefined) {
      writeLength(out, offset, part.length);
      offset += LENGTH_BYTES;
    }
    out.set(part, offset);
    offset += part.length;
  }
}

/**
 * Calls `use` with the framed message in a buffer that is wiped afterwards, since parts may be secret. A lone part
 * without prefix is passed as it is.
 */
export function withFrame<T>(
  prefix: Uint8Array | undefined,
  parts: readonly Uint8Array[],
  use: (message: Uint8Array) => T,
): T {
  const only = parts[0];
  if (prefix === undefined && parts.length === 1 && only !== undefined) return use(only);
  const length = framedLength(prefix, parts);
  const message = length <= scratch.length ? scratch.subarray(0, length) : new Uint8Array(length);
  frameParts(message, prefix, parts);
  try {
    return use(message);
  } finally {
    message.fill(0);
  }
}
