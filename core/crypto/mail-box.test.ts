import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../ids/bytes.ts';
import { boxKeyPairFromSeed } from './crypto.ts';
import { inviteKeys } from './invite-key.ts';
import { openMail, sealMail } from './mail-box.ts';
import { sodiumBackend } from './sodium-backend.ts';
import { tweetnaclBackend } from './tweetnacl-backend.ts';

const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });
const bytes = fc.uint8Array({ maxLength: 300 });
const few = { numRuns: 25 };
const pair = (value: number) => boxKeyPairFromSeed(new Uint8Array(32).fill(value));
const [longTerm, oneTime, other] = [pair(1), pair(2), pair(3)];
const toBoth = { longTerm: longTerm.publicKey, oneTime: oneTime.publicKey };
const ad = new Uint8Array([9]);
const plain = new Uint8Array([1, 2, 3]);
const sealed = (recipient: { longTerm: Uint8Array; oneTime?: Uint8Array } = toBoth) =>
  sealMail(recipient, { ephemeralSeed: new Uint8Array(32).fill(4), ad, plain })!;

describe('a mail box', () => {
  it('has equal bytes in both backends and opens in both, with a one-time key and without', () => {
    fc.assert(
      fc.property(seeds, bytes, bytes, fc.boolean(), (seed, content, beside, once) => {
        const recipient = once ? toBoth : { longTerm: longTerm.publicKey };
        const seal = (backend: typeof sodiumBackend) =>
          sealMail(recipient, { ephemeralSeed: seed.slice(), ad: beside, plain: content }, backend)!;
        const box = seal(sodiumBackend);
        expect(seal(tweetnaclBackend)).toEqual(box);
        const secrets = once ? { longTerm, oneTime } : { longTerm };
        for (const backend of [sodiumBackend, tweetnaclBackend])
          expect(openMail(secrets, { ...box, ad: beside }, backend)).toEqual(content);
      }),
      few,
    );
  });

  it('needs both secret keys, the right ones, and what stands beside it', () => {
    const box = sealed();
    expect(openMail({ longTerm, oneTime }, { ...box, ad })).toEqual(plain);
    expect(openMail({ longTerm }, { ...box, ad })).toBeUndefined();
    expect(openMail({ longTerm, oneTime: other }, { ...box, ad })).toBeUndefined();
    expect(openMail({ longTerm: other, oneTime }, { ...box, ad })).toBeUndefined();
    expect(openMail({ longTerm, oneTime }, { ...box, ad: new Uint8Array([8]) })).toBeUndefined();
    expect(openMail({ longTerm, oneTime }, { ...sealed({ longTerm: longTerm.publicKey }), ad })).toBeUndefined();
  });

  it('is not made for and not opened with a key of small order, and takes any input', () => {
    const zero = new Uint8Array(32);
    expect(sealMail({ longTerm: zero }, { ephemeralSeed: new Uint8Array(32).fill(4), ad, plain })).toBeUndefined();
    expect(openMail({ longTerm }, { ephemeralKey: zero, ad, box: sealed().box })).toBeUndefined();
    expect(openMail({ longTerm }, { ephemeralKey: other.publicKey, ad, box: new Uint8Array(15) })).toBeUndefined();
    expect(openMail({ longTerm }, { ephemeralKey: new Uint8Array(3), ad, box: sealed().box })).toBeUndefined();
  });

  it('keeps its golden bytes and wipes the seed', () => {
    const ephemeralSeed = new Uint8Array(32).fill(4);
    expect(toHex(sealMail(toBoth, { ephemeralSeed, ad, plain })!.box)).toBe('b9e2cb296e467de676863bfbba3b174ec3a706');
    expect(ephemeralSeed).toEqual(new Uint8Array(32));
  });
});

describe('what follows from a public ID', () => {
  const cheap = { opsLimit: 1, memLimit: 8_192 };
  const key = new Uint8Array(32).fill(7);
  const tag = new Uint8Array([1, 2, 3, 4]);

  it('is the same for all who know key and tag, in both backends, and keeps its golden bytes', async () => {
    const keys = await inviteKeys({ key, tag }, sodiumBackend, cheap);
    expect(await inviteKeys({ key, tag }, tweetnaclBackend, cheap)).toEqual(keys);
    expect([keys.pair.publicKey, keys.door].map(toHex)).toEqual([
      '61493ef8298c699b24e84d5add22950f262f03f7d6d0d935dd4b98dc6eebe39a',
      '89708b59eb815d70bdd720f050087c294cf834044d5205006a1781d6eff080b2',
    ]);
  });

  it('depends on both', async () => {
    const keys = await Promise.all([
      inviteKeys({ key, tag }, sodiumBackend, cheap),
      inviteKeys({ key, tag: new Uint8Array([1, 2, 3, 5]) }, sodiumBackend, cheap),
      inviteKeys({ key: new Uint8Array(32).fill(8), tag }, sodiumBackend, cheap),
    ]);
    expect(new Set(keys.flatMap(({ pair, door }) => [toHex(pair.publicKey), toHex(door)])).size).toBe(6);
  });
});
