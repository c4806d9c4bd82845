import { describe, expect, it } from 'vitest';
import { createProfileKeyPair } from '../crypto/crypto.ts';
import { positionOfClaim } from '../dht/types.ts';
import { equalBytes, type ProfileKey, profileKey, toHex } from '../ids/bytes.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { beginHandshake, type Pair, pairWith, respond } from './handshake.ts';
import { linkIdentity, placeOf } from './identity.ts';
import { wipeEpoch } from './keys.ts';

const NONE = new Uint8Array(0);
const random = new SeededRandom('handshake');
const [a, b, c] = [1, 2, 3].map(() => createProfileKeyPair(random)) as [Keys, Keys, Keys];
type Keys = ReturnType<typeof createProfileKeyPair>;
const pair = (own: Keys, peer: Keys): Pair => pairWith(linkIdentity(own), peer.publicKey, random)!;

describe('a handshake', () => {
  it('gives both sides the same keys, crosswise, and takes payloads along', () => {
    const initiation = beginHandshake(pair(a, b), NONE, Uint8Array.of(1));
    const response = respond(pair(b, a), NONE, initiation.message)!;
    const accepted = response.accept(Uint8Array.of(2))!;
    const finished = initiation.finish(accepted.message)!;
    expect([response.payload, finished.payload]).toEqual([Uint8Array.of(1), Uint8Array.of(2)]);
    expect(finished.keys.send).toEqual(accepted.keys.receive);
    expect(finished.keys.receive).toEqual(accepted.keys.send);
    expect(finished.keys.handshakeHash).toEqual(accepted.keys.handshakeHash);
    const four = [finished.keys.send, finished.keys.receive].flatMap(({ stream, datagram }) => [stream, datagram]);
    for (const key of four) expect(four.filter((other) => equalBytes(key, other)).length).toBe(1);
    wipeEpoch(finished.keys);
    for (const key of four) expect(key).toEqual(new Uint8Array(32));
  });

  it('is worth nothing for another responder, in the other direction, or in another epoch', () => {
    const { message } = beginHandshake(pair(a, b), NONE, NONE);
    expect(respond(pair(c, a), NONE, message)).toBeUndefined();
    expect(respond(pair(a, b), NONE, message)).toBeUndefined();
    expect(respond(pair(b, c), NONE, message)).toBeUndefined();
    expect(respond(pair(b, a), Uint8Array.of(1), message)).toBeUndefined();
    expect(respond(pair(b, a), NONE, message)).toBeDefined();
  });

  it('goes on after a forged answer, and ends with the true one', () => {
    const initiation = beginHandshake(pair(a, b), NONE, NONE);
    const accepted = respond(pair(b, a), NONE, initiation.message)!.accept(NONE)!;
    const forged = accepted.message.slice();
    forged[40]! ^= 1;
    expect(initiation.finish(forged)).toBeUndefined();
    expect(initiation.finish(NONE)).toBeUndefined();
    expect(initiation.finish(accepted.message)).toBeDefined();
  });

  it('knows who has the lower key, and refuses keys that are none', () => {
    expect(pair(a, b).weAreLower).toBe(!pair(b, a).weAreLower);
    expect(pairWith(linkIdentity(a), profileKey(new Uint8Array(32)), random)).toBeUndefined();
    expect(() => linkIdentity({ publicKey: profileKey(new Uint8Array(32)), secretKey: new Uint8Array(64) })).toThrow();
  });

  it('a position is no key and differs from person to person', () => {
    const positionOf = (key: ProfileKey, secret: Uint8Array) => placeOf(key, secret)!.position;
    const [one, other] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    const positions = [positionOf(a.publicKey, one), positionOf(b.publicKey, one), positionOf(a.publicKey, other)];
    expect(new Set([a.publicKey, ...positions].map(toHex)).size).toBe(4);
    expect(positionOf(a.publicKey, one)).toEqual(positions[0]);
    expect(positionOfClaim(linkIdentity(a).home.publicKey)).toEqual(
      positionOf(a.publicKey, linkIdentity(a).homeSecret),
    );
  });
});
