import { describe, expect, it } from 'vitest';
import { toHex } from '../ids/bytes.ts';
import { HANDOVER, MAIL, MAIL_LETTERS, SIGNED_LETTERS } from '../testing/fuzz-mail-samples.ts';
import { ENVELOPE_SIZES } from './envelope.ts';
import { HANDOVER_BYTES, handoverLayout } from './handover.ts';
import { decode, encode } from './layout.ts';
import { LETTER_SIZES, MAX_LETTER_BYTES, mailLayout, mailLetter, signedLetter } from './mail.ts';

const DATE = '0000019b76daa800';
const FROM = '21'.repeat(32);
const POLICY = `${'02'.repeat(32)}${DATE}${'03'.repeat(32)}${'04'.repeat(32)}${'05'.repeat(64)}`;
const GIVEN = `${POLICY}${'06'.repeat(32)}${'05'.repeat(32)}02${'07'.repeat(32)}${'08'.repeat(32)}${'09'.repeat(64)}`;
const TWO_RANGES = '00020000000000000001000000000000000300000000000000090000010000000000';
const ONE_RANGE = '000100000000000000090000010000000000';

/** A change of these bytes is a change of the protocol and needs a new version. */
const golden = [
  `01${FROM}${DATE}01${GIVEN}0001${'03'.repeat(8)}00000000000000010001${'01'.repeat(16)}0000000000000002${DATE}000d68656c6c6f2c2077c3b6726c64`,
  `01${FROM}${DATE}00010002${'03'.repeat(8)}${TWO_RANGES}${ONE_RANGE}`,
  `01${FROM}${DATE}01${GIVEN}02000003010101010104416e6e6100084974206973206d65${'02'.repeat(4)}${DATE}${'03'.repeat(32)}0000`,
  `01${FROM}${DATE}0003000000040442657274`,
  `01${FROM}${DATE}01${GIVEN}040000000005`,
  `01${FROM}${DATE}0005000000000006${'04'.repeat(16)}${DATE}`,
];

describe('letters in envelopes', () => {
  it('keep their golden bytes', () => {
    for (const [i, letter] of MAIL_LETTERS.entries()) {
      const bytes = encode(mailLetter, letter);
      expect(toHex(bytes)).toBe(golden[i]);
      expect(decode(mailLetter, bytes)).toEqual({ ok: true, value: letter });
    }
    expect(toHex(encode(handoverLayout, HANDOVER))).toBe(GIVEN);
    expect(toHex(encode(mailLayout, MAIL[0]!))).toBe('01'.repeat(32) + '02'.repeat(8) + '03'.repeat(808));
    expect(toHex(encode(signedLetter, SIGNED_LETTERS[0]!))).toBe(
      `0028${'01'.repeat(40)}${'02'.repeat(64)}${'00'.repeat(20)}`,
    );
  });

  it('fill a size class of envelopes to the byte, padded with zeros only', () => {
    for (const [i, room] of LETTER_SIZES.entries()) {
      const plain = encode(signedLetter, { ...SIGNED_LETTERS[0]!, letter: new Uint8Array(room), padding: 0 });
      expect(32 + 8 + plain.length + 16).toBe(ENVELOPE_SIZES[i]);
    }
    expect(LETTER_SIZES.at(-1)).toBe(MAX_LETTER_BYTES);
    const bytes = encode(signedLetter, SIGNED_LETTERS[0]!);
    bytes[bytes.length - 1] = 1;
    expect(decode(signedLetter, bytes)).toEqual({ ok: false, reason: 'bad-value' });
  });

  it('take a hand-over of the length that is counted on', () => {
    expect(encode(handoverLayout, { ...HANDOVER, keys: [] })).toHaveLength(HANDOVER_BYTES);
  });
});
