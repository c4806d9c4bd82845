import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createProfileKeyPair } from '../crypto/crypto.ts';
import { positionOfClaim } from '../dht/types.ts';
import { nodeId, toHex } from '../ids/bytes.ts';
import { createClaim } from '../testing/positions.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { makeEnvelope, readEnvelope } from './envelope.ts';
import { isPermitFor, isPolicyOf, makePermit, makePolicy } from './policy.ts';
import { copyPosition, copyPositions } from './positions.ts';
import { destinationOf, isReceipt, makeReceipt } from './receipt.ts';

const random = new SeededRandom('envelope');
const claim = createClaim(random);
const destination = positionOfClaim(claim.publicKey);
const friend = createProfileKeyPair(random);
const invite = createProfileKeyPair(random);
const policy = makePolicy(claim, { number: 7, friendKey: friend.publicKey, inviteKey: invite.publicKey });
const body = random.bytes(848);

describe('an envelope', () => {
  it('is read as it was made, permit and all', () => {
    const permit = (id: Uint8Array) => makePermit(id, policy, 'friend', friend.secretKey);
    const envelope = makeEnvelope({ destination, copies: 2, body, permit });
    expect(readEnvelope(envelope.bytes)).toEqual(envelope);
  });

  it('has an ID of its content alone: another permit changes nothing, every other bit does', () => {
    const plain = makeEnvelope({ destination, copies: 2, body });
    const permit = (id: Uint8Array) => makePermit(id, policy, 'invite', invite.secretKey);
    expect(makeEnvelope({ destination, copies: 2, body, permit }).name).toBe(plain.name);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: plain.bytes.length - 1 }), fc.integer({ min: 0, max: 7 }), (at, bit) => {
        const changed = plain.bytes.slice();
        changed[at]! ^= 1 << bit;
        expect(readEnvelope(changed)?.name).not.toBe(plain.name);
      }),
      { numRuns: 200 },
    );
  });

  it('is none in other lengths, with more copies than there are, or out of noise', () => {
    expect(() => makeEnvelope({ destination, copies: 2, body: random.bytes(849) })).toThrow(RangeError);
    expect(() => makeEnvelope({ destination, copies: 5, body })).toThrow(RangeError);
    const { bytes } = makeEnvelope({ destination, copies: 2, body });
    expect(readEnvelope(bytes.subarray(0, bytes.length - 1))).toBeUndefined();
    const many = bytes.slice();
    many[33] = 200;
    expect(readEnvelope(many)).toBeUndefined();
    fc.assert(fc.property(fc.uint8Array({ maxLength: 2_000 }), (noise) => readEnvelope(noise) === undefined));
  });
});

describe('a policy', () => {
  it('is good for its own destination only, and for what was signed', () => {
    expect(isPolicyOf(policy, destination)).toBe(true);
    expect(isPolicyOf(policy, nodeId(random.bytes(32)))).toBe(false);
    expect(isPolicyOf({ ...policy, number: 8 }, destination)).toBe(false);
    expect(isPolicyOf({ ...policy, friendKey: invite.publicKey }, destination)).toBe(false);
  });

  it('allows what the named key signed, and no other envelope', () => {
    const id = random.bytes(16);
    expect(isPermitFor(makePermit(id, policy, 'friend', friend.secretKey), id)).toBe(true);
    expect(isPermitFor(makePermit(id, policy, 'invite', invite.secretKey), id)).toBe(true);
    expect(isPermitFor(makePermit(id, policy, 'friend', invite.secretKey), id)).toBe(false);
    expect(isPermitFor(makePermit(id, policy, 'friend', friend.secretKey), random.bytes(16))).toBe(false);
  });
});

describe('a receipt', () => {
  const ids = [random.bytes(16), random.bytes(16)];

  it('is the destination’s word for all that it names', () => {
    const receipt = makeReceipt(claim, ids);
    expect(isReceipt(receipt)).toBe(true);
    expect(toHex(destinationOf(receipt))).toBe(toHex(destination));
  });

  it('cannot be changed, stretched or made by somebody else', () => {
    const receipt = makeReceipt(claim, ids);
    expect(isReceipt({ ...receipt, ids: [ids[0]!] })).toBe(false);
    expect(isReceipt({ ...receipt, ids: [...ids, random.bytes(16)] })).toBe(false);
    expect(isReceipt({ ...receipt, claimKey: friend.publicKey })).toBe(false);
    expect(isReceipt(makeReceipt(claim, []))).toBe(false);
    expect(() => makeReceipt(claim, Array(57).fill(ids[0]))).toThrow(RangeError);
  });
});

describe('positions of copies', () => {
  it('are all different, and those of two destinations too', () => {
    const other = nodeId(random.bytes(32));
    const all = [...copyPositions(destination, 4), destination, ...copyPositions(other, 4), other].map(toHex);
    expect(new Set(all).size).toBe(10);
    expect(copyPosition(destination, 0)).toBe(destination);
    expect(copyPositions(destination, 0)).toEqual([destination]);
  });
});
