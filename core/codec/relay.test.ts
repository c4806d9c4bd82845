import { describe, expect, it } from 'vitest';
import { nodeId, signature, toHex } from '../ids/bytes.ts';
import { DHT_OVERHEAD_BYTES, dhtBody, dhtMessage, type RelayReply, type RelayRequest } from './dht.ts';
import { ENVELOPE_OVERHEAD_BYTES, ENVELOPE_SIZES, sizeClass } from './envelope.ts';
import { decode, encode } from './layout.ts';
import { IDS_PER_INVENTORY, IDS_PER_RECEIPT, PART_BYTES, relayBodies, WHOLE_ENVELOPE_BYTES } from './relay.ts';

const fill = (length: number, value: number) => new Uint8Array(length).fill(value);
const token = fill(8, 0x77);
const destination = nodeId(fill(32, 0x31));
const id = fill(16, 0x41);
const claimKey = fill(32, 2);
const handOver = { copy: 1, hopsLeft: 20, lifeS: 1_209_600 };
const policy = {
  claimKey,
  number: 1_767_225_600_000,
  friendKey: fill(32, 3),
  inviteKey: fill(32, 4),
  signature: signature(fill(64, 5)),
};

const T = `01${'77'.repeat(8)}`;
const ID = '41'.repeat(16);
const D = '31'.repeat(32);

/** One message of each kind with its bytes: a change here is a change of the protocol and needs a new version. */
const golden: [RelayRequest | RelayReply, string][] = [
  [{ kind: 'carry', body: { token, ...handOver, envelope: fill(3, 9) } }, `20${T}011400127500090909`],
  [{ kind: 'carried', body: { token: undefined, verdict: 'kept' } }, '210000'],
  [
    { kind: 'offer', body: { token, ...handOver, envelopeId: id, destination, bytes: 65_804 } },
    `22${T}011400127500${ID}${D}0001010c`,
  ],
  [{ kind: 'offered', body: { token, verdict: 'wanted' } }, `23${T}02`],
  [{ kind: 'part', body: { token: undefined, envelopeId: id, index: 59, bytes: fill(2, 10) } }, `2400${ID}003b0a0a`],
  [{ kind: 'parted', body: { token: undefined, verdict: 'held' } }, '250001'],
  [
    { kind: 'settle', body: { token, envelopeId: id, copy: 2, outcome: 'stored', holders: 2, lifeS: 600 } },
    `26${T}${ID}02010200000258`,
  ],
  [{ kind: 'settled', body: { token: undefined } }, '2700'],
  [
    { kind: 'free', body: { token, claimKey, ids: [id, id], signature: signature(fill(64, 11)) } },
    `28${T}${'02'.repeat(32)}02${ID}${ID}${'0b'.repeat(64)}`,
  ],
  [{ kind: 'freed', body: { token: undefined } }, '2900'],
  [
    {
      kind: 'collect',
      body: { token, pass: fill(8, 13), claimKey, signature: signature(fill(64, 12)), lifetimeS: 600, policy },
    },
    `2a${T}${'0d'.repeat(8)}${'02'.repeat(32)}${'0c'.repeat(64)}025801${'02'.repeat(32)}0000019b76daa800${'03'.repeat(32)}${'04'.repeat(32)}${'05'.repeat(64)}`,
  ],
  [
    { kind: 'collecting', body: { token: undefined, accepted: 1, pass: fill(8, 14), waiting: 100 } },
    `2b0001${'0e'.repeat(8)}00000064`,
  ],
  [
    { kind: 'compare', body: { token, destination, copies: 2, count: 3, digest: fill(16, 13), challenge: undefined } },
    `2c${T}${D}0200000003${'0d'.repeat(16)}00`,
  ],
  [
    {
      kind: 'compare',
      body: {
        ...{ token, destination, copies: 2, count: 3, digest: fill(16, 13) },
        challenge: { envelopeId: id, nonce: fill(8, 14) },
      },
    },
    `2c${T}${D}0200000003${'0d'.repeat(16)}01${ID}${'0e'.repeat(8)}`,
  ],
  [{ kind: 'compared', body: { token: undefined, comparison: 'different', proof: undefined } }, '2d000100'],
  [
    { kind: 'compared', body: { token: undefined, comparison: 'same', proof: fill(16, 15) } },
    `2d000001${'0f'.repeat(16)}`,
  ],
  [{ kind: 'inventory', body: { token, destination, copies: 2, ids: [id] } }, `2e${T}${D}0201${ID}`],
  [{ kind: 'missing', body: { token: undefined, verdict: 'wanted', ids: [id] } }, `2f000201${ID}`],
  [{ kind: 'notify', body: { token, destination, hopsLeft: 1 } }, `30${T}${D}01`],
  [{ kind: 'notified', body: { token: undefined } }, '3100'],
];

describe('requests and replies between carriers', () => {
  it.each(golden)('%j has its published bytes', (body, hex) => {
    expect(toHex(encode(dhtBody, body))).toBe(hex);
    expect(decode(dhtBody, encode(dhtBody, body))).toEqual({ ok: true, value: body });
  });

  it('are all in the table of published bytes', () => {
    expect(new Set(golden.map(([body]) => body.kind))).toEqual(new Set(Object.keys(relayBodies)));
  });

  it('fit a datagram when they are as long as they may be', () => {
    const ids = (count: number) => Array.from({ length: count }, () => id);
    const longest: (RelayRequest | RelayReply)[] = [
      { kind: 'carry', body: { token, ...handOver, envelope: fill(WHOLE_ENVELOPE_BYTES, 9) } },
      { kind: 'part', body: { token, envelopeId: id, index: 59, bytes: fill(PART_BYTES, 10) } },
      { kind: 'free', body: { token, claimKey, ids: ids(IDS_PER_RECEIPT), signature: signature(fill(64, 11)) } },
      { kind: 'inventory', body: { token, destination, copies: 2, ids: ids(IDS_PER_INVENTORY) } },
      { kind: 'missing', body: { token, verdict: 'wanted', ids: ids(IDS_PER_INVENTORY) } },
    ];
    for (const body of longest)
      expect(encode(dhtMessage, { transaction: 1, leaf: false, body }).length + DHT_OVERHEAD_BYTES).toBeLessThanOrEqual(
        1_232,
      );
  });
});

describe('size classes', () => {
  it('let the smallest envelope travel whole', () => {
    expect(ENVELOPE_OVERHEAD_BYTES + ENVELOPE_SIZES[0]).toBeLessThanOrEqual(WHOLE_ENVELOPE_BYTES);
  });

  it('round up to the next class, and refuse what fits none', () => {
    expect(sizeClass(0)).toBe(848);
    expect(sizeClass(848)).toBe(848);
    expect(sizeClass(849)).toBe(2_048);
    expect(sizeClass(65_537)).toBeUndefined();
  });
});
