import { fromHex, NODE_KEY_BYTES, type NodeKey, nodeKey, toHex } from './bytes.ts';

/** Where to reach a node for the first time and which key it must prove to have. */
export interface NodeAddress {
  /** Numeric IPv4 or IPv6 address without brackets, or a DNS name, in lower case. */
  readonly host: string;
  readonly port: number;
  readonly key: NodeKey;
}

export type NodeAddressFault = 'empty' | 'no-key' | 'bad-key' | 'no-port' | 'bad-port' | 'bad-host';

export type ParsedNodeAddress =
  | { readonly ok: true; readonly value: NodeAddress }
  | { readonly ok: false; readonly reason: NodeAddressFault /** One sentence for people. */; readonly message: string };

const MAX_NAME_LENGTH = 253;
const KEY_DIGITS = NODE_KEY_BYTES * 2;

const MESSAGES: Record<NodeAddressFault, string> = {
  empty: 'Enter an address of the form HOST:PORT/PUBLICKEY.',
  'no-key': 'The public key is missing: HOST:PORT/PUBLICKEY.',
  'bad-key': `The public key must have ${KEY_DIGITS} hexadecimal digits.`,
  'no-port': 'The port is missing: HOST:PORT/PUBLICKEY.',
  'bad-port': 'The port must be a number from 1 to 65535.',
  'bad-host': 'The host must be an IPv4 address, an IPv6 address in brackets, or a name.',
};

function fault(reason: NodeAddressFault): ParsedNodeAddress {
  return { ok: false, reason, message: MESSAGES[reason] };
}

/** `HOST:PORT/PUBLICKEY`, with brackets round IPv6. */
export function formatNodeAddress({ host, port, key }: NodeAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}/${toHex(key)}`;
}

/** Reads `HOST:PORT/PUBLICKEY`, white space round it allowed. Total; looks nothing up. */
export function parseNodeAddress(text: string): ParsedNodeAddress {
  const address = text.trim();
  if (address === '') return fault('empty');
  const slash = address.indexOf('/');
  if (slash < 0) return fault('no-key');
  const key = fromHex(address.slice(slash + 1));
  if (key?.length !== NODE_KEY_BYTES) return fault('bad-key');
  const place = address.slice(0, slash);
  const colon = place.lastIndexOf(':');
  if (colon < 0 || place.endsWith(']')) return fault('no-port');
  const port = parsePort(place.slice(colon + 1));
  if (port === undefined) return fault('bad-port');
  const host = parseHost(place.slice(0, colon).toLowerCase());
  return host === undefined ? fault('bad-host') : { ok: true, value: { host, port, key: nodeKey(key) } };
}

function parsePort(text: string): number | undefined {
  if (!/^[1-9][0-9]{0,4}$/.test(text)) return undefined;
  const port = Number(text);
  return port <= 65_535 ? port : undefined;
}

function parseHost(text: string): string | undefined {
  if (text.startsWith('[') && text.endsWith(']')) return isIpv6(text.slice(1, -1)) ? text.slice(1, -1) : undefined;
  // A last label of digits would be an address (WHATWG URL, section 3.5), so it must be a right one.
  if (/(^|\.)[0-9]+$/.test(text)) return isIpv4(text) ? text : undefined;
  return isName(text) ? text : undefined;
}

function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255);
}

/** RFC 4291, section 2.2, in all three forms; no zone. */
function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')));
  const all = groups.flat();
  const tail = all.at(-1);
  const dotted = tail?.includes('.') === true;
  // The dotted form stands for two groups and is allowed at the very end only.
  if (dotted && (!isIpv4(tail) || text.endsWith('::'))) return false;
  const plain = dotted ? all.slice(0, -1) : all;
  if (!plain.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return false;
  const count = plain.length + (dotted ? 2 : 0);
  return halves.length === 2 ? count <= 7 : count === 8;
}

/** Host name of RFC 1123: labels of 1 to 63 letters, digits and inner hyphens; a closing dot is allowed. */
function isName(text: string): boolean {
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
  return name.length <= MAX_NAME_LENGTH && name.split('.').every((part) => label.test(part));
}
