import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, fromHex, toHex } from '../ids/bytes.ts';
import { aeadOpen, aeadSeal, boxKeyPairFromSeed, x25519 } from './crypto.ts';
import { NOISE_1_BYTES, NOISE_2_BYTES, NOISE_PROTOCOL_NAME, NoiseIK } from './noise.ts';
import { NoiseSymmetric } from './noise-symmetric.ts';

const hex = (text: string): Uint8Array => fromHex(text)!;
const pair = (secret: string) => boxKeyPairFromSeed(hex(secret));
const filled = (value: number) => new Uint8Array(32).fill(value);
const EMPTY = new Uint8Array(0);

interface Vector {
  source: string;
  prologue: string;
  initStatic: string;
  initEphemeral: string;
  respStatic: string;
  respEphemeral: string;
  respStaticPublic: string;
  handshakeHash?: string;
  /** Payload and message, alternately from the initiator and the responder: two of the handshake, then transport. */
  messages: [payload: string, message: string][];
}

const VECTORS: Vector[] = [
  {
    source: 'cacophony, vectors/cacophony.txt, prologue and payloads',
    prologue: '4a6f686e2047616c74',
    initStatic: 'e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1',
    initEphemeral: '893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a',
    respStatic: '4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893',
    respEphemeral: 'bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b',
    respStaticPublic: '31e0303fd6418d2f8c0e78b91f22e8caed0fbe48656dcf4767e4834f701b8f62',
    handshakeHash:
      'df5f46e7b80429fe9c587824b883d2c0a9e909d9be842e8d63797ca4815dd63bbbae8d2803a48ed79e3646103362e6de02921f138529389854c7701638d98c85',
    messages: [
      [
        '4c756477696720766f6e204d69736573',
        'ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c79447a2281c0f1aee0c48c41333a1abbb349ee4bf12e09f8c4fd66635aabbb7dad346081a79f59e2cef812260cfe8c9e6a99d12f7c7ffc9fe5513818d9cf9b8778d1ebd1ce70c8f726d7869830258a788910',
      ],
      [
        '4d757272617920526f746862617264',
        '95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843f58050451a0edd2a40bb8b0f6b51ea8094a07e3ed31ebc516b584fef6eaaaf',
      ],
      ['462e20412e20486179656b', 'cae0b6af5460d026e80e22c27572a92048176872538f91a056a8df'],
      ['4361726c204d656e676572', 'ab1440d2b5892c638a11a7fa6412beaea5cee62342147f02d75a68'],
      ['4a65616e2d426170746973746520536179', '0263ed778a193155c9947202e0b9d35eb46581a902449d091e1b6575a9a59fbeff'],
      [
        '457567656e2042f6686d20766f6e2042617765726b',
        '95aedd9192351379cb063c8d5827d5529c7f2c8929552dd64c57029734737ea2a405255dcf',
      ],
    ],
  },
  {
    source: 'snow, tests/vectors/snow.txt, prologue and payloads',
    prologue:
      '5468657265206973206e6f20726967687420616e642077726f6e672e2054686572652773206f6e6c792066756e20616e6420626f72696e672e',
    initStatic: 'b8ded47b51e4d7a6ff0aeb3f936e84a45d3c48639968cf0b4e4561fed72c00f6',
    initEphemeral: '0da1261c830e8dbb210bfdb7a1febbff613b9a72531bbf930daa3d29b114e891',
    respStatic: '051fe965fe53e57406c473d4f95c3d14f31829df2997d190b9b530c2d541ed6c',
    respEphemeral: 'be1a57f2c3494789781fa1ede53586e8a657eb939f5ca2bf07b36b3af30d14f9',
    respStaticPublic: '962479947fb7792f2d4733cca01a9e683e0d00128965c0cb33af43d1de3c1233',
    messages: [
      [
        '654149b8b2f91ab883e6f774883f9123c587d5090d8b7c0ef7208e1a0acde44a',
        '851fd77a38491aa864effe48149164478a76e5ecdbb099ce2899897cee95bf3fec7fbec7b08bc779c29c11b47ff8d7a171dc21a1c8f3d6c992e522734805734cdaa3a19c5faa9e57aa47bdd685a78564355d50cc615926a48319d5caaa5b307d58ab0fbb50e2eb6252aa0af05b39f4dd3c14844af97ab0f9a5e02d0e2846f867',
      ],
      [
        '3d6b5ce2dc325078efd799a7a71c53f7646b6fabc9ecec4b2c06c50095b7e980',
        'f5ab40b2908fdc71f26f4a9981ee7b4a5d28ee977293f8daf0bf600f9863c62ed14783c3986794ea4ce666c2e77ffbefea04b835ceaf0a33052be14b317f56a3f9217c0239a4715d19d6457fb2c18e4d',
      ],
      [
        '911067024930dc843765d3ac9c4b38c28cd2acd63aaa3af2ffb02adf7b0a57b9',
        'ee45e88e4d378824d1225a6808b6d220902ffb9ffb6bf6520c1dc6f98b778d1dba02a8169141350f715bf6cfc2231fef',
      ],
      [
        '594a27e4ec14792008cc455c3f316d496f38b42df4b5164f79f50acdffdf8fec',
        '08ae5565aa4a5773eff24d47cea3b6deb840a3b0762454bc12a0f8f4f719512ccc3874e8cf64075e07381a9da39055a0',
      ],
    ],
  },
  {
    source: 'noise-c basic vectors (copy in snow, tests/vectors/noise-c-basic.txt), other prologue',
    prologue: '50726f6c6f677565313233',
    initStatic: 'e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1',
    initEphemeral: '893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a',
    respStatic: '4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893',
    respEphemeral: 'bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b',
    respStaticPublic: '31e0303fd6418d2f8c0e78b91f22e8caed0fbe48656dcf4767e4834f701b8f62',
    handshakeHash:
      '48d8b650f042c4767cf1f3c26b22ccdd4bc8cff341166603109954eab8a9bd20915d284b6b618a325e93a8e949a23f4b62ba3094aad0b640c14cbd4f14ccd1e1',
    messages: [
      [
        '4c756477696720766f6e204d69736573',
        'ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c79447a2281c0f1aee0c48c41333a1abbb349ee4bf12e09f8c4fd66635aabbb7dad345826d359e4bd6ebee659f5c6cb3d2d4ed12f7c7ffc9fe5513818d9cf9b8778d1502f90649c42ab4a1e3df7199a3d6a13',
      ],
      [
        '4d757272617920526f746862617264',
        '95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843f58050451a0edd2a40bb8b0f6b51ea63e1f1f429f1afd583e5d6e53f44da1e',
      ],
      ['462e20412e20486179656b', 'cae0b6af5460d026e80e22c27572a92048176872538f91a056a8df'],
      ['4361726c204d656e676572', 'ab1440d2b5892c638a11a7fa6412beaea5cee62342147f02d75a68'],
      ['4a65616e2d426170746973746520536179', '0263ed778a193155c9947202e0b9d35eb46581a902449d091e1b6575a9a59fbeff'],
      [
        '457567656e2042f6686d20766f6e2042617765726b',
        '95aedd9192351379cb063c8d5827d5529c7f2c8929552dd64c57029734737ea2a405255dcf',
      ],
    ],
  },
];

function endpoints(vector: Vector) {
  const prologue = hex(vector.prologue);
  return {
    initiator: NoiseIK.initiator({
      prologue,
      localStatic: pair(vector.initStatic),
      ephemeral: pair(vector.initEphemeral),
      remoteStatic: hex(vector.respStaticPublic),
    }),
    responder: NoiseIK.responder({
      prologue,
      localStatic: pair(vector.respStatic),
      ephemeral: pair(vector.respEphemeral),
    }),
  };
}

interface Setup {
  prologue?: Uint8Array;
  responderPrologue?: Uint8Array;
  remoteStatic?: Uint8Array;
}

const alice = boxKeyPairFromSeed(filled(1));
const bob = boxKeyPairFromSeed(filled(2));

function handshake({ prologue = EMPTY, responderPrologue = prologue, remoteStatic = bob.publicKey }: Setup = {}) {
  return {
    initiator: NoiseIK.initiator({
      prologue,
      localStatic: alice,
      ephemeral: boxKeyPairFromSeed(filled(3)),
      remoteStatic,
    }),
    responder: NoiseIK.responder({
      prologue: responderPrologue,
      localStatic: bob,
      ephemeral: boxKeyPairFromSeed(filled(4)),
    }),
  };
}

describe('published vectors of Noise_IK_25519_ChaChaPoly_SHA512', () => {
  it.each(VECTORS)('$source', (vector) => {
    const { initiator, responder } = endpoints(vector);
    const [first, second, ...transport] = vector.messages;
    const [payload1, message1] = first!;
    const [payload2, message2] = second!;

    expect(toHex(initiator.writeMessage(hex(payload1))!)).toBe(message1);
    expect(toHex(responder.readMessage(hex(message1))!)).toBe(payload1);
    expect(toHex(responder.writeMessage(hex(payload2))!)).toBe(message2);
    expect(toHex(initiator.readMessage(hex(message2))!)).toBe(payload2);
    expect(initiator.handshakeHash).toEqual(responder.handshakeHash);
    if (vector.handshakeHash !== undefined) expect(toHex(initiator.handshakeHash)).toBe(vector.handshakeHash);

    const keys = [initiator.split(), responder.split()] as const;
    expect(transport.length).toBeGreaterThan(0);
    transport.forEach(([payload, message], index) => {
      const from = keys[index % 2]!;
      const to = keys[(index + 1) % 2]!;
      const counter = Math.floor(index / 2);
      expect(toHex(aeadSeal(hex(payload), { key: from.send, counter, ad: EMPTY }))).toBe(message);
      expect(toHex(aeadOpen(hex(message), { key: to.receive, counter, ad: EMPTY })!)).toBe(payload);
    });
  });
});

describe('NoiseIK', () => {
  it('tells the responder who wrote message 1 and gives both sides the same keys', () => {
    const { initiator, responder } = handshake();
    expect(responder.remoteStatic).toBeUndefined();
    responder.readMessage(initiator.writeMessage(EMPTY)!);
    initiator.readMessage(responder.writeMessage(EMPTY)!);

    const [a, b] = [initiator.split(), responder.split()];

    expect(responder.remoteStatic).toEqual(alice.publicKey);
    expect(a.send).toEqual(b.receive);
    expect(a.receive).toEqual(b.send);
    expect(a.send).not.toEqual(a.receive);
  });

  it('adds exactly the stated bytes to a payload', () => {
    const { initiator, responder } = handshake();
    const first = initiator.writeMessage(new Uint8Array(10))!;
    responder.readMessage(first);
    expect(first.length).toBe(NOISE_1_BYTES + 10);
    expect(responder.writeMessage(new Uint8Array(7))!.length).toBe(NOISE_2_BYTES + 7);
  });

  it('fails when the prologues differ', () => {
    const { initiator, responder } = handshake({ prologue: Uint8Array.of(1), responderPrologue: Uint8Array.of(2) });
    expect(responder.readMessage(initiator.writeMessage(EMPTY)!)).toBeUndefined();
  });

  it('fails when the initiator means somebody else', () => {
    const { initiator, responder } = handshake({ remoteStatic: alice.publicKey });
    expect(responder.readMessage(initiator.writeMessage(EMPTY)!)).toBeUndefined();
  });

  it('reads the true message after any forged one', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        fc.uint8Array({ maxLength: 200 }),
        (at, flip, garbage) => {
          const { initiator, responder } = handshake();
          const first = initiator.writeMessage(Uint8Array.of(1, 2, 3))!;
          const forged = first.slice();
          forged[at % forged.length]! ^= flip;
          expect(responder.readMessage(garbage)).toBeUndefined();
          // X25519 ignores the top bit of a key, but the transcript hash does not.
          expect(responder.readMessage(forged)).toBeUndefined();
          expect(responder.remoteStatic).toBeUndefined();
          expect(responder.readMessage(first)).toEqual(Uint8Array.of(1, 2, 3));

          const second = responder.writeMessage(Uint8Array.of(4))!;
          const forgedSecond = second.slice();
          forgedSecond[at % forgedSecond.length]! ^= flip;
          expect(initiator.readMessage(garbage)).toBeUndefined();
          expect(initiator.readMessage(forgedSecond)).toBeUndefined();
          expect(initiator.readMessage(second)).toEqual(Uint8Array.of(4));
          expect(initiator.split().send).toEqual(responder.split().receive);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('refuses keys of small order, which would give an all-zero secret', () => {
    const { initiator } = handshake({ remoteStatic: new Uint8Array(32) });
    expect(initiator.writeMessage(EMPTY)).toBeUndefined();

    const { responder } = handshake();
    const message = new Uint8Array(NOISE_1_BYTES);
    expect(responder.readMessage(message)).toBeUndefined();
  });

  it('refuses a responder ephemeral of small order', () => {
    const { initiator } = handshake();
    initiator.writeMessage(EMPTY);
    expect(initiator.readMessage(new Uint8Array(NOISE_2_BYTES))).toBeUndefined();
  });

  it('lets the thief of the responder key begin in the name of the initiator, but never finish (the KCI rule)', () => {
    const { responder } = handshake();
    const ephemeral = boxKeyPairFromSeed(filled(5));
    const thief = new NoiseSymmetric(NOISE_PROTOCOL_NAME);
    thief.mixHash(EMPTY);
    thief.mixHash(bob.publicKey);
    thief.mixHash(ephemeral.publicKey);
    thief.mixKey(x25519(ephemeral.secretKey, bob.publicKey));
    const sealedStatic = thief.encryptAndHash(alice.publicKey);
    thief.mixKey(x25519(bob.secretKey, alice.publicKey)); // ss from the stolen end
    const message = concat(ephemeral.publicKey, sealedStatic, thief.encryptAndHash(EMPTY));

    expect(responder.readMessage(message)).toEqual(EMPTY);
    expect(responder.remoteStatic).toEqual(alice.publicKey);

    const answer = responder.writeMessage(EMPTY)!;
    const remoteEphemeral = answer.subarray(0, 32);
    for (const stolen of [bob.secretKey, ephemeral.secretKey]) {
      const attempt = thief.clone();
      attempt.mixHash(remoteEphemeral);
      attempt.mixKey(x25519(ephemeral.secretKey, remoteEphemeral));
      attempt.mixKey(x25519(stolen, remoteEphemeral)); // se needs alice's secret, which the thief has not
      expect(attempt.decryptAndHash(answer.subarray(32))).toBeUndefined();
    }
  });

  it('throws when called out of order', () => {
    const { initiator, responder } = handshake();
    expect(() => initiator.readMessage(EMPTY)).toThrow('step');
    expect(() => responder.writeMessage(EMPTY)).toThrow('step');
    expect(() => initiator.split()).toThrow('step');
    const first = initiator.writeMessage(EMPTY)!;
    expect(() => initiator.writeMessage(EMPTY)).toThrow('step');
    responder.readMessage(first);
    initiator.readMessage(responder.writeMessage(EMPTY)!);
    initiator.split();
    expect(() => initiator.split()).toThrow('step');
  });

  it('wipes the ephemeral secret at the end', () => {
    const ephemeral = boxKeyPairFromSeed(filled(7));
    const initiator = NoiseIK.initiator({
      prologue: EMPTY,
      localStatic: alice,
      ephemeral,
      remoteStatic: bob.publicKey,
    });
    initiator.destroy();
    expect(ephemeral.secretKey).toEqual(new Uint8Array(32));
    expect(() => initiator.writeMessage(EMPTY)).toThrow('step');
  });

  it('refuses payloads over the length of a Noise message', () => {
    const { initiator } = handshake();
    expect(() => initiator.writeMessage(new Uint8Array(65_535 - NOISE_1_BYTES + 1))).toThrow(RangeError);
    expect(initiator.writeMessage(new Uint8Array(65_535 - NOISE_1_BYTES))!.length).toBe(65_535);
  });
});
