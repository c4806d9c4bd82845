import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { profileFault } from '../../core/api/views.ts';
import { RECOVERY_WORD_COUNT } from '../../core/ids/recovery-words.ts';
import { AVATAR_COLOURS, avatarColour, initials } from './avatar.ts';
import { EMOJI_GROUPS, isFewEmoji, knownEmoji, searchEmoji, withRecent } from './emoji.ts';
import { bootstrapProblem, slotTone } from './network-words.ts';
import { passphraseStrength } from './passphrase.ts';
import { faultWords } from './profile-faults.ts';
import { pickPositions, WORDS_TO_CONFIRM } from './recovery-words.ts';
import { fromBase64, toBase64, utf8Length } from './utf8.ts';

describe('avatars', () => {
  it.each([
    ['Grace Hopper', 'GH'],
    ['ada', 'A'],
    ['Jean-Luc van der Berg', 'JB'],
    ['نور الهدى', 'نا'],
    ['🦊 Fox', '🦊F'],
    ['Éva e\u0301mile', 'ÉE\u0301'],
    ['«ňu» 1st', 'Ň1'],
    ['👩‍🚀 Mae', '👩‍🚀M'],
    ['—', '?'],
    ['', '?'],
  ])('the initials of %j are %j', (name, letters) => {
    expect(initials(name)).toBe(letters);
  });

  it('a key always has the same of the colours', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9a-f]{64}$/u), (key) => {
        expect(avatarColour(key)).toBe(avatarColour(key));
        expect(avatarColour(key)).toBeGreaterThanOrEqual(0);
        expect(avatarColour(key)).toBeLessThan(AVATAR_COLOURS);
      }),
    );
  });
});

describe('emoji', () => {
  it('that were chosen stand once each, the latest first, and not too many', () => {
    expect(withRecent(['🎉', '😀', '❤️'], '😀')).toEqual(['😀', '🎉', '❤️']);
    const many = Array.from({ length: 24 }, (_, i) => String(i));
    expect(withRecent(many, '😀')).toEqual(['😀', ...many.slice(0, 23)]);
  });

  it('that were chosen in another version are left out where they are unknown', () => {
    expect(knownEmoji(['😉', 'x', '😀']).map(({ name }) => name)).toEqual(['wink', 'grinning face']);
  });

  it('are single signs, each once, with a name', () => {
    const all = EMOJI_GROUPS.flatMap((group) => group.emoji);
    expect(new Set(all.map((emoji) => emoji.sign)).size).toBe(all.length);
    for (const { sign, name } of all) {
      expect([...new Intl.Segmenter().segment(sign)], sign).toHaveLength(1);
      expect(name, sign).not.toBe('');
    }
  });

  it('are found by the beginnings of words, names first', () => {
    expect(searchEmoji('thumb')[0]?.sign).toBe('👍');
    expect(searchEmoji('ok h')[0]?.sign).toBe('👌');
    expect(searchEmoji('qqq')).toEqual([]);
  });

  it('alone are shown large, with text they are not', () => {
    expect(isFewEmoji('👍')).toBe(true);
    expect(isFewEmoji('🎉 ❤️ 👩‍💻')).toBe(true);
    expect(isFewEmoji('🇩🇪')).toBe(true);
    expect(isFewEmoji('👍👍👍👍')).toBe(false);
    expect(isFewEmoji('1')).toBe(false);
    expect(isFewEmoji('ok 👍')).toBe(false);
    expect(isFewEmoji(' ')).toBe(false);
  });
});

describe('passphraseStrength', () => {
  it('grows with length and variety', () => {
    const scores = ['abc', 'abcabcabc', 'Tr0ub4dor', 'correct horse battery', 'correct horse Battery staple 7'].map(
      (passphrase) => passphraseStrength(passphrase).score,
    );
    expect(scores).toEqual([...scores].sort((a, b) => a - b));
    expect(scores[0]).toBe(0);
    expect(scores.at(-1)).toBe(4);
  });

  it('is not taken in by repetition, runs and well-known words', () => {
    expect(passphraseStrength('a'.repeat(30)).score).toBe(0);
    expect(passphraseStrength('1234567890123').score).toBeLessThan(2);
    expect(passphraseStrength('Password123!').score).toBeLessThan(2);
  });
});

describe('recovery words', () => {
  it('are asked for at different places, in order', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })), (numbers) => {
        let drawn = 0;
        const positions = pickPositions(() => (drawn++ < 50 ? numbers.next().value : (drawn * 0.37) % 1));
        expect(new Set(positions).size).toBe(WORDS_TO_CONFIRM);
        expect(positions).toEqual([...positions].sort((a, b) => a - b));
        expect(positions.every((position) => position >= 0 && position < RECOVERY_WORD_COUNT)).toBe(true);
      }),
    );
  });
});

describe('bootstrapProblem', () => {
  const key = 'ab'.repeat(32);
  it('accepts names and addresses of both kinds', () => {
    for (const host of ['example.org', '127.0.0.1', '[::1]'])
      expect(bootstrapProblem(`${host}:4000/${key}`)).toBeNull();
  });

  it.each([
    ['example.org', /HOST:PORT\/PUBLICKEY/u],
    [`::1:4000/${key}`, /HOST:PORT\/PUBLICKEY/u],
    [`a:0/${key}`, /port/u],
    [`a:70000/${key}`, /port/u],
    ['a:4000/xyz', /hexadecimal/u],
    ['a:4000/abcd', /has 4/u],
  ])('names what is wrong with %s', (address, problem) => {
    expect(bootstrapProblem(address)).toMatch(problem);
  });
});

it('slots are drawn by round-trip time and failures', () => {
  const node = { nodeId: '', address: '', rttMs: 3, lastSeenMsAgo: 0, failures: 0 };
  expect(slotTone(node)).toBe('fast');
  expect(slotTone({ ...node, rttMs: 120 })).toBe('fair');
  expect(slotTone({ ...node, rttMs: null })).toBe('slow');
  expect(slotTone({ ...node, failures: 1 })).toBe('failing');
});

it('base64 goes there and back for any length', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(fromBase64(toBase64(bytes))).toEqual(bytes);
    }),
  );
  expect(toBase64(new Uint8Array(100_000))).toHaveLength(133_336);
  expect(utf8Length('aé😀')).toBe(7);
});

describe('a profile that cannot be opened', () => {
  it.each(profileFault.options)('%s has a title, says what is the matter and what may mend it', (fault) => {
    const { title, what, mend } = faultWords(fault);
    expect(title).not.toMatch(/[.!]$/);
    for (const sentences of [what, mend]) expect(sentences).toMatch(/^[A-Z].{30,}\.$/);
    const about = fault.startsWith('database')
      ? /database/i
      : fault.startsWith('key-file')
        ? /key file/i
        : /key store/i;
    expect(`${title} ${what}`).toMatch(about);
  });
});
