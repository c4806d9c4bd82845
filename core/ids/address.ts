/**
 * Numeric IP addresses: text, bytes, and what kind of place they name. Every function is total; texts that are no
 * address give undefined or `invalid`. Answers for recent texts are remembered, since these run once a packet.
 */

const IPV4_BYTES = 4;
const IPV6_BYTES = 16;

/**
 * Where an address can be reached from. `private`: RFC 1918, RFC 6598 and RFC 4193; `special`: unspecified,
 * multicast, broadcast and other addresses no peer can have; `invalid`: no address at all.
 */
export type AddressClass = 'loopback' | 'private' | 'link-local' | 'public' | 'special' | 'invalid';

interface KnownAddress {
  readonly bytes: Uint8Array;
  readonly class: AddressClass;
  readonly group: string;
}

/** Distinct texts remembered; when full, all are forgotten, which costs one parse each. */
const REMEMBERED = 8_192;
const byText = new Map<string, KnownAddress>();
const textOfIpv4 = new Map<number, string>();
const textOfIpv6 = new Map<string, string>();

/** `192.0.2.1` -> 4 bytes. Exactly four decimal parts without leading zeros. */
function parseIpv4(text: string, from: number): Uint8Array | undefined {
  const bytes = new Uint8Array(IPV4_BYTES);
  let part = 0;
  let digits = 0;
  let value = 0;
  for (let i = from; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : DOT;
    if (code === DOT) {
      if (digits === 0 || part === IPV4_BYTES) return undefined;
      bytes[part++] = value;
      digits = 0;
      value = 0;
    } else {
      if (code < ZERO || code > ZERO + 9 || (digits > 0 && value === 0)) return undefined;
      value = value * 10 + code - ZERO;
      digits++;
      if (value > 255) return undefined;
    }
  }
  return part === IPV4_BYTES ? bytes : undefined;
}

const ZERO = 48;
const DOT = 46;
const COLON = 58;

/** -1 when the character is no hexadecimal digit, NaN (past the end) included. */
function hexDigit(code: number): number {
  if (code >= ZERO && code <= ZERO + 9) return code - ZERO;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** RFC 4291, section 2.2, without a zone. */
function parseIpv6(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(IPV6_BYTES);
  let length = 0;
  let gapAt = -1;
  let i = 0;
  if (text.charCodeAt(0) === COLON) {
    if (text.charCodeAt(1) !== COLON) return undefined;
    gapAt = 0;
    i = 2;
  }
  while (i < text.length) {
    if (length === IPV6_BYTES) return undefined;
    const start = i;
    let value = 0;
    let digit = hexDigit(text.charCodeAt(i));
    while (digit >= 0) {
      value = (value << 4) | digit;
      digit = hexDigit(text.charCodeAt(++i));
    }
    if (text.charCodeAt(i) === DOT) {
      const tail = length <= IPV6_BYTES - IPV4_BYTES ? parseIpv4(text, start) : undefined;
      if (tail === undefined) return undefined;
      bytes.set(tail, length);
      length += IPV4_BYTES;
      break;
    }
    if (i === start || i - start > 4) return undefined;
    bytes[length++] = value >> 8;
    bytes[length++] = value & 255;
    if (i === text.length) break;
    if (text.charCodeAt(i++) !== COLON || i === text.length) return undefined;
    if (text.charCodeAt(i) === COLON) {
      if (gapAt >= 0) return undefined;
      gapAt = length;
      i++;
    }
  }
  return fillGap(bytes, length, gapAt);
}

/** Moves what followed `::` to the end. A gap stands for at least one group of zeros. */
function fillGap(bytes: Uint8Array, length: number, gapAt: number): Uint8Array | undefined {
  if (gapAt < 0) return length === IPV6_BYTES ? bytes : undefined;
  if (length === IPV6_BYTES) return undefined;
  bytes.copyWithin(IPV6_BYTES - (length - gapAt), gapAt, length);
  bytes.fill(0, gapAt, IPV6_BYTES - (length - gapAt));
  return bytes;
}

/** True for ::ffff:0:0/96, the form in which IPv6 sockets report IPv4 peers. */
function isMapped(bytes: Uint8Array): boolean {
  for (let i = 0; i < 10; i++) if (bytes[i] !== 0) return false;
  return bytes[10] === 255 && bytes[11] === 255;
}

function classOfIpv4(bytes: Uint8Array): AddressClass {
  const a = bytes[0]!;
  const b = bytes[1]!;
  if (a === 127) return 'loopback';
  if (a === 10 || (a === 172 && b >> 4 === 1) || (a === 192 && b === 168) || (a === 100 && b >> 6 === 1)) {
    return 'private';
  }
  if (a === 169 && b === 254) return 'link-local';
  return a === 0 || a >= 224 ? 'special' : 'public';
}

function classOfIpv6(bytes: Uint8Array): AddressClass {
  const a = bytes[0]!;
  if ((a & 0xfe) === 0xfc) return 'private';
  if (a === 0xfe && bytes[1]! >> 6 === 2) return 'link-local';
  if (a === 0xff) return 'special';
  for (let i = 0; i < 15; i++) if (bytes[i] !== 0) return 'public';
  return bytes[15] === 1 ? 'loopback' : 'special';
}

function look(text: string): KnownAddress | undefined {
  const known = byText.get(text);
  if (known !== undefined) return known;
  // Longest text of an IPv6 address: eight groups with an IPv4 tail, RFC 4291.
  if (text.length > 45) return undefined;
  let bytes = text.includes(':') ? parseIpv6(text) : parseIpv4(text, 0);
  if (bytes === undefined) return undefined;
  if (bytes.length === IPV6_BYTES && isMapped(bytes)) bytes = bytes.slice(12);
  const four = bytes.length === IPV4_BYTES;
  const fresh: KnownAddress = {
    bytes,
    class: four ? classOfIpv4(bytes) : classOfIpv6(bytes),
    group: four
      ? `${bytes[0]}.${bytes[1]}.${bytes[2]}.0/24`
      : `${formatIpv6(Uint8Array.from(bytes, (byte, i) => (i < 6 ? byte : 0)))}/48`,
  };
  if (byText.size >= REMEMBERED) byText.clear();
  byText.set(text, fresh);
  return fresh;
}

/**
 * Numeric text -> 4 or 16 bytes, undefined when it is no address. IPv4-mapped IPv6 gives the 4 bytes. The array is
 * shared with later callers: do not write.
 */
export function parseAddress(text: string): Uint8Array | undefined {
  return look(text)?.bytes;
}

export function addressClass(host: string): AddressClass {
  return look(host)?.class ?? 'invalid';
}

/** Whether a peer can have this address: nobody shall make us send to broadcast or multicast. */
export function canBePeer(host: string): boolean {
  return !['special', 'invalid'].includes(addressClass(host));
}

/**
 * The network that most likely has one owner: `192.0.2.0/24` or `2001:db8:1::/48`. Texts that are no address are
 * their own group.
 */
export function ipGroup(host: string): string {
  return look(host)?.group ?? host;
}

/** Lower-case RFC 5952 form of any valid text, IPv4 for mapped addresses; undefined when it is no address. */
export function normaliseAddress(text: string): string | undefined {
  const bytes = parseAddress(text);
  return bytes === undefined ? undefined : formatAddress(bytes);
}

/**
 * Where this computer reaches what is bound to `host`: loopback for the unspecified addresses, which mean all addresses
 * and cannot be sent to; else `host` itself.
 */
export function destinationOf(host: string): string {
  const name = normaliseAddress(host);
  return name === '0.0.0.0' ? '127.0.0.1' : name === '::' ? '::1' : host;
}

/** RFC 5952, section 4: lower case, no leading zeros, the first longest run of two or more zero groups as `::`. */
function formatIpv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[2 * i]! << 8) | bytes[2 * i + 1]!);
  let bestAt = -1;
  let bestLength = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === 0) end++;
    if (end - i > bestLength) {
      bestAt = i;
      bestLength = end - i;
    }
    i = Math.max(i, end - 1);
  }
  const hex = (part: number[]) => part.map((group) => group.toString(16)).join(':');
  return bestAt < 0 ? hex(groups) : `${hex(groups.slice(0, bestAt))}::${hex(groups.slice(bestAt + bestLength))}`;
}

/**
 * 4 or 16 bytes -> canonical text (RFC 5952); 16 bytes of a mapped IPv4 address give the IPv4 text.
 * @throws {RangeError} on any other length: a bug of ours, since the codec checks what comes in.
 */
export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === IPV4_BYTES) return formatIpv4(bytes, 0);
  if (bytes.length !== IPV6_BYTES) throw new RangeError(`an address has 4 or 16 bytes, not ${bytes.length}`);
  if (isMapped(bytes)) return formatIpv4(bytes, 12);
  const key = String.fromCharCode.apply(null, bytes as unknown as number[]);
  const known = textOfIpv6.get(key);
  if (known !== undefined) return known;
  const text = formatIpv6(bytes);
  if (textOfIpv6.size >= REMEMBERED) textOfIpv6.clear();
  textOfIpv6.set(key, text);
  return text;
}

function formatIpv4(bytes: Uint8Array, at: number): string {
  const key = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  const known = textOfIpv4.get(key);
  if (known !== undefined) return known;
  const text = `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
  if (textOfIpv4.size >= REMEMBERED) textOfIpv4.clear();
  textOfIpv4.set(key, text);
  return text;
}
