import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inviteTag, profileKey, toHex } from '../ids/bytes.ts';
import { decode, encode } from './layout.ts';
import { LETTER_BYTES, type LetterBody, letterBody, letterLayout } from './query.ts';

const fill = (length: number, value: number) => new Uint8Array(length).fill(value);
const from = profileKey(fill(32, 0xaa));
const v4 = { host: '127.0.0.1', port: 4_660 };
const v6 = { host: '2001:db8::1', port: 1 };

// A change of these bytes is a change of the protocol: it needs a new LETTER_VERSION.
const golden: [LetterBody, string][] = [
  [
    {
      kind: 'query',
      body: { nonce: fill(16, 1), wallMs: 2 ** 40, inReplyTo: undefined, token: fill(16, 2), endpoints: [v4] },
    },
    `01${'01'.repeat(16)}000001000000000000${'02'.repeat(16)}01047f0000011234`,
  ],
  [
    {
      kind: 'answer',
      body: { nonce: fill(16, 1), wallMs: 1, inReplyTo: fill(16, 3), token: fill(16, 2), endpoints: [v4, v6] },
    },
    `02${'01'.repeat(16)}000000000000000101${'03'.repeat(16)}${'02'.repeat(16)}02047f0000011234` +
      `0620010db80000000000000000000000010001`,
  ],
  [
    {
      kind: 'introduction',
      body: { nonce: fill(16, 1), wallMs: 1, tag: inviteTag(fill(4, 4)), payload: fill(3, 5) },
    },
    `03${'01'.repeat(16)}0000000000000001040404040003050505`,
  ],
];

const encodeLetter = (body: LetterBody) => encode(letterLayout, { version: undefined, from, body, padding: undefined });

describe('letters', () => {
  it.each(golden)('%j has its published bytes', (body, hex) => {
    const bytes = encodeLetter(body);
    expect(bytes.length).toBe(LETTER_BYTES);
    const whole = `01${'aa'.repeat(32)}${hex}`;
    expect(toHex(bytes)).toBe(whole + '00'.repeat(LETTER_BYTES - whole.length / 2));
    expect(decode(letterLayout, bytes)).toMatchObject({ ok: true, value: { from, body } });
  });

  it('are all in the table of published bytes', () => {
    expect(golden.map(([{ kind }]) => kind).sort()).toEqual(Object.keys(letterBody.variants).sort());
  });

  it('have room for the longest of each kind', () => {
    const endpoints = new Array(8).fill(v6);
    const long = { nonce: fill(16, 1), wallMs: 1, inReplyTo: fill(16, 2), token: fill(16, 3), endpoints };
    expect(encodeLetter({ kind: 'query', body: long }).length).toBe(LETTER_BYTES);
    const introduction = { nonce: fill(16, 1), wallMs: 1, tag: inviteTag(fill(4, 4)), payload: fill(800, 5) };
    expect(encodeLetter({ kind: 'introduction', body: introduction }).length).toBe(LETTER_BYTES);
    const longer = { ...introduction, payload: fill(801, 5) };
    expect(() => encodeLetter({ kind: 'introduction', body: longer })).toThrow(RangeError);
  });

  it('hide nothing in their padding', () => {
    const bytes = encodeLetter(golden[0]![0]);
    for (const at of [LETTER_BYTES - 1, 200]) {
      const marked = bytes.slice();
      marked[at] = 1;
      expect(decode(letterLayout, marked)).toEqual({ ok: false, reason: 'bad-value' });
    }
  });

  it('of another version, kind or length are refused', () => {
    const bytes = encodeLetter(golden[0]![0]);
    for (const [at, value] of [
      [0, 0],
      [0, 2],
      [33, 0],
      [33, 4],
    ]) {
      const changed = bytes.slice();
      changed[at!] = value!;
      expect(decode(letterLayout, changed).ok).toBe(false);
    }
    for (let length = 0; length < 100; length++) {
      expect(decode(letterLayout, bytes.subarray(0, length)).ok).toBe(false);
    }
  });

  it('decode from any bytes without a fault', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: LETTER_BYTES }), fc.nat(4), (bytes, kind) => {
        decode(letterLayout, bytes);
        const letter = new Uint8Array(LETTER_BYTES);
        letter.set(bytes.subarray(0, LETTER_BYTES - 34), 34);
        letter[0] = 1;
        letter[33] = kind;
        const decoded = decode(letterLayout, letter);
        if (decoded.ok) expect(encode(letterLayout, decoded.value)).toEqual(letter);
      }),
    );
  });
});
