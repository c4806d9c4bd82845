import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inviteTag, profileKey } from '../core/ids/bytes.ts';
import { encodePublicId } from '../core/ids/public-id.ts';
import { deepLink, deepLinkIn, externalUrl } from './links.ts';

const id = encodePublicId({ key: profileKey(new Uint8Array(32).fill(7)), tag: inviteTag(new Uint8Array(4)) });

describe('a link to the outside', () => {
  test.each([
    ['https://example.org', 'https://example.org/'],
    ['HTTP://Example.ORG:80/a?b#c', 'http://example.org/a?b#c'],
    ['https://exämple.org/ü', 'https://xn--exmple-cua.org/%C3%BC'],
    ['mailto:a@example.org', 'mailto:a@example.org'],
    ['mailto:a@example.org?Subject=b&cc=c', 'mailto:a@example.org?Subject=b&cc=c'],
  ])('%s is opened as the parser writes it', (text, expected) => {
    expect(externalUrl(text)).toBe(expected);
  });

  test.each([
    'file:///etc/passwd',
    'smb://host/share',
    '\\\\host\\share',
    '//host/share',
    'ms-msdt:/id',
    'ms-settings:',
    'mailto:a@example.org?attach=/etc/passwd',
    'mailto:a@example.org?subject=b&%41ttachment=c',
    'javascript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'app://parley/index.html',
    'parley:x',
    'ftp://example.org',
    'https://user:secret@example.org',
    'https://example.org@evil.example',
    'https:\\\\example.org',
    'https://exam\nple.org',
    'https://example.org/\u0000',
    'https://example.org/\u202egpj.exe',
    'https://example.org/\u200bx',
    ' https://example.org',
    'https://',
    'example.org',
    '',
    `https://example.org/${'x'.repeat(2048)}`,
  ])('%j is not', (text) => {
    expect(externalUrl(text)).toBeUndefined();
  });

  test.each([undefined, null, 7, {}, ['https://example.org'], { toString: () => 'https://example.org' }])(
    'that is no text is not (%#)',
    (value) => {
      expect(externalUrl(value)).toBeUndefined();
    },
  );

  test('whatever comes in, only http, https and mailto go out, and nothing hidden', () => {
    const anyText = fc.oneof(
      fc.webUrl({ withFragments: true, withQueryParameters: true }),
      fc.string(),
      fc.string({ unit: 'binary' }),
    );
    const anyScheme = fc.constantFrom('http:', 'https:', 'mailto:', 'file:', 'javascript:', '');
    fc.assert(
      fc.property(anyScheme, anyText, (scheme, text) => {
        const url = externalUrl(scheme + text);
        if (url === undefined) return;
        expect(url).toMatch(/^(https?:\/\/|mailto:)/);
        // Only printable ASCII is left.
        expect(url).toMatch(/^[!-~]+$/);
        expect(externalUrl(url)).toBe(url);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a parley: link', () => {
  test.each([`parley:${id}`, `PARLEY:${id.toUpperCase()}`, `parley://${id}`])('%s is taken as it is', (text) => {
    expect(deepLink(text)).toBe(text);
  });

  test.each([
    id,
    'parley:',
    'parley:x',
    `parley:${id.slice(0, -1)}`,
    `parley:${id}x`,
    `javascript:${id}`,
    `parley:${'x'.repeat(300)}`,
  ])('%s is dropped', (text) => {
    expect(deepLink(text)).toBeUndefined();
  });

  test('any other value is dropped', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(deepLink(value)).toBeUndefined();
      }),
    );
  });

  test('is found among the arguments of a start', () => {
    expect(deepLinkIn(['parley', '--flag', 'parley:bad', `parley:${id}`])).toBe(`parley:${id}`);
    expect(deepLinkIn(['parley', '--flag'])).toBeUndefined();
  });
});
