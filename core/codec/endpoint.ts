import { formatAddress, parseAddress } from '../ids/address.ts';
import type { Endpoint } from '../ports/network.ts';
import { type Layout, type Reader, u8, u16, type Writer } from './layout.ts';

const FAMILY_BYTES = { 4: 4, 6: 16 } as const;

/**
 * family u8 (4 or 6) | address 4 or 16 bytes | port u16, big-endian.
 * 7 or 19 bytes; port 0 is refused, since nobody can be reached there.
 */
export const endpointLayout: Layout<Endpoint> = {
  size: '7 or 19',
  type: 'endpoint: family (4 or 6), address (4 or 16), port u16',
  write(out: Writer, value: Endpoint) {
    const address = parseAddress(value.host);
    if (address === undefined) throw new RangeError(`${value.host} is no numeric address`);
    u8.write(out, address.length === 4 ? 4 : 6);
    const at = out.reserve(address.length);
    out.bytes.set(address, at);
    u16.write(out, value.port);
  },
  read(input: Reader) {
    const family = u8.read(input);
    const length = family === 4 ? FAMILY_BYTES[4] : FAMILY_BYTES[6];
    if ((family !== 4 && family !== 6) || !input.has(length)) {
      input.fail('bad-value');
      return { host: '', port: 0 };
    }
    const host = formatAddress(input.bytes.subarray(input.offset, input.offset + length));
    input.offset += length;
    const port = u16.read(input);
    // One address, one form: an IPv4 address mapped into IPv6 would have two.
    if (port === 0 || (family === 6 && !host.includes(':'))) input.fail('bad-value');
    return { host, port };
  },
};

/** Total length of an endpoint whose family byte is `family`, or 0 when there is no such family. */
export function endpointBytes(family: number | undefined): number {
  return family === 4 ? 7 : family === 6 ? 19 : 0;
}
