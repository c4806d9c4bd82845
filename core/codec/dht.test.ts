import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeId, nodeKey, signature, toHex } from '../ids/bytes.ts';
import { contactLayout, type DhtBody, dhtBody, dhtMessage, isRequest } from './dht.ts';
import { endpointLayout } from './endpoint.ts';
import { decode, encode } from './layout.ts';
import { relayBodies } from './relay.ts';

const fill = (length: number, value: number) => new Uint8Array(length).fill(value);
const v4 = { host: '127.0.0.1', port: 4_660 };
const v6 = { host: '2001:db8::1', port: 1 };
const key = nodeKey(fill(32, 0xaa));
const token = fill(8, 0x77);

/** One message of each kind with its bytes: a change here is a change of the protocol and needs a new version. */
const golden: [DhtBody, string][] = [
  [{ kind: 'ping', body: { token: undefined, padding: fill(2, 0) } }, '10000000'],
  [{ kind: 'pong', body: { token, observed: v4 } }, '11017777777777777777047f0000011234'],
  [
    { kind: 'findNode', body: { token, target: nodeId(fill(32, 1)), padding: fill(0, 0) } },
    `12017777777777777777${'01'.repeat(32)}`,
  ],
  [
    {
      kind: 'nodes',
      body: { token: undefined, observed: v4, contacts: [encode(contactLayout, { key, endpoint: v6 })] },
    },
    `1300047f000001123401${'aa'.repeat(32)}0620010db80000000000000000000000010001`,
  ],
  [
    {
      kind: 'register',
      body: { token, pass: fill(8, 13), claimKey: fill(32, 2), signature: signature(fill(64, 3)), lifetimeS: 600 },
    },
    `14017777777777777777${'0d'.repeat(8)}${'02'.repeat(32)}${'03'.repeat(64)}0258`,
  ],
  [{ kind: 'registered', body: { token: undefined, accepted: 1, pass: fill(8, 14) } }, `150001${'0e'.repeat(8)}`],
  [
    { kind: 'route', body: { position: nodeId(fill(32, 3)), routeId: fill(8, 4), hopsLeft: 20, payload: fill(3, 5) } },
    `16${'03'.repeat(32)}${'04'.repeat(8)}14050505`,
  ],
  [{ kind: 'routeAck', body: { token: undefined } }, '1700'],
  [{ kind: 'answer', body: { routeId: fill(8, 6), payload: fill(2, 7) } }, `18${'06'.repeat(8)}0707`],
  [{ kind: 'answerAck', body: { token: undefined } }, '1900'],
  [{ kind: 'askKnock', body: { token: undefined, number: 9, padding: fill(0, 0) } }, '1a0000000009'],
  [{ kind: 'knockAsked', body: { token: undefined, passedOn: true } }, '1b0001'],
  [
    { kind: 'relayKnock', body: { token: undefined, contact: { key, endpoint: v4 }, number: 9 } },
    `1c00${'aa'.repeat(32)}047f000001123400000009`,
  ],
  [{ kind: 'knockRelayed', body: { token: undefined, knocking: false } }, '1d0000'],
  [{ kind: 'knock', body: { number: 9 } }, '1e00000009'],
  [{ kind: 'knockHeard', body: { token: undefined } }, '1f00'],
];

describe('DHT bodies', () => {
  it.each(golden)('%j has its published bytes', (body, hex) => {
    expect(toHex(encode(dhtBody, body))).toBe(hex);
    expect(decode(dhtBody, encode(dhtBody, body))).toEqual({ ok: true, value: body });
  });

  it('are all in the table of published bytes', () => {
    const own = Object.keys(dhtBody.variants).filter((kind) => !(kind in relayBodies));
    expect(golden.map(([body]) => body.kind).sort()).toEqual(own.sort());
  });

  it('follow the transaction and the word whether the sender is a leaf', () => {
    const body: DhtBody = { kind: 'knock', body: { number: 9 } };
    for (const leaf of [false, true]) {
      const message = { transaction: 0x01020304, leaf, body };
      expect(toHex(encode(dhtMessage, message))).toBe(`01020304${leaf ? '01' : '00'}1e00000009`);
      expect(decode(dhtMessage, encode(dhtMessage, message))).toEqual({ ok: true, value: message });
    }
    expect(decode(dhtMessage, new Uint8Array([1, 2, 3, 4, 2, 0x1e, 0, 0, 0, 9])).ok).toBe(false);
  });

  it('of requests have even numbers', () => {
    for (const [body] of golden) expect(isRequest(body)).toBe(dhtBody.variants[body.kind].number % 2 === 0);
  });

  it('decode to a value or a reason, whatever comes in', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1_300 }), (input) => {
        const decoded = decode(dhtMessage, input);
        if (decoded.ok) expect(encode(dhtMessage, decoded.value)).toEqual(new Uint8Array(input));
      }),
      { numRuns: 3_000 },
    );
  });

  it('refuse addresses nobody can have', () => {
    expect(decode(endpointLayout, new Uint8Array([5, 1, 2, 3, 4, 0, 80])).ok).toBe(false);
    expect(decode(endpointLayout, new Uint8Array([4, 1, 2, 3, 4, 0, 0])).ok).toBe(false);
  });
});
