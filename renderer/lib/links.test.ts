import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkLink, safeUrl, splitLinks } from './links.ts';

const links = (text: string) => splitLinks(text).flatMap((part) => (part.kind === 'link' ? [part.text] : []));

describe('splitLinks', () => {
  it('gives the text back when joined, whatever it is', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('https://a.b/c', 'mailto:', '(', ')', ' ', '.'),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join('');
        expect(
          splitLinks(text)
            .map((part) => part.text)
            .join(''),
        ).toBe(text);
      }),
    );
  });

  it('only ever links http, https, mailto and parley', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const part of splitLinks(`https://x.y ${text}`)) {
          if (part.kind === 'link') expect(part.url).toMatch(/^(?:https?:\/\/|mailto:|parley:)/u);
        }
      }),
    );
  });

  it.each([
    ['see https://example.org.', ['https://example.org']],
    ['(https://example.org/a_(b))', ['https://example.org/a_(b)']],
    ['https://a.org, https://b.org!', ['https://a.org', 'https://b.org']],
    ['mail mailto:ada@example.org?subject=hi', ['mailto:ada@example.org?subject=hi']],
    ['HTTPS://EXAMPLE.ORG', ['HTTPS://EXAMPLE.ORG']],
    ['xhttps://example.org', []],
    ['javascript:alert(1) file:///etc/passwd data:text/html,x', []],
    ['https://', []],
    ['mailto:nobody', []],
    ['mailto:ada@example.org?subject=hi&attach=/home/me/.ssh/id_rsa', []],
    ['mailto:ada@example.org?ATTACHMENT=x', []],
    ['www.example.org', []],
    ['“https://example.org”', ['https://example.org']],
  ])('finds the links of %j', (text, expected) => {
    expect(links(text)).toEqual(expected);
  });

  it('ends a link before direction controls and line separators', () => {
    expect(links('https://good.org\u202emoc.live')).toEqual(['https://good.org']);
    expect(links('https://good.org\u2028x')).toEqual(['https://good.org']);
  });

  it('takes time linear in the text', () => {
    const started = performance.now();
    splitLinks(`https://a.b/${')'.repeat(16_000)}`);
    splitLinks('https://a.b/'.repeat(1_300));
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe('checkLink', () => {
  it('shows the real host in ASCII and warns of letters that imitate', () => {
    const check = checkLink('https://\u0430pple.com/login');
    expect(check?.host).toBe('xn--pple-43d.com');
    expect(check?.warnings).toHaveLength(1);
  });

  it('warns of plain http', () => {
    expect(checkLink('http://example.org/')?.warnings).toHaveLength(1);
  });

  it('refuses a name before the host, which makes one host look like another, and endless addresses', () => {
    expect(checkLink('https://bank.example@evil.example/')).toBeUndefined();
    expect(checkLink('https://a:b@evil.example/')).toBeUndefined();
    expect(checkLink(`https://example.org/${'a'.repeat(2_048)}`)).toBeUndefined();
  });

  it('warns of bare addresses', () => {
    expect(checkLink('https://127.0.0.1:8080/')?.warnings).toHaveLength(1);
    expect(checkLink('https://[::1]/')?.warnings).toHaveLength(1);
  });

  it('has nothing to say against an ordinary link', () => {
    expect(checkLink('https://example.org/a')).toEqual({
      url: 'https://example.org/a',
      host: 'example.org',
      warnings: [],
    });
  });

  it('names the mail address, without hidden characters', () => {
    expect(checkLink('mailto:ada@example.org?body=x')?.host).toBe('ada@example.org');
    expect(checkLink('mailto:ada%E2%80%AE@example.org')?.host).toBe('ada@example.org');
    expect(checkLink('mailto:%FF@example.org')?.host).toBe('%FF@example.org');
  });

  it.each(['javascript:alert(1)', 'file:///x', 'smb://host/x', 'ms-settings:x', '\\\\host\\x', 'https:///', ''])(
    'refuses %j',
    (text) => {
      expect(safeUrl(text) === undefined || safeUrl(text)!.startsWith('https://')).toBe(true);
      if (!text.startsWith('https')) expect(checkLink(text)).toBeUndefined();
    },
  );
});
