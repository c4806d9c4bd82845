import { fillsInTextOnly, MAX_URL_LENGTH } from '../../core/api/external-url.ts';

/** A piece of a message: plain text, or a link with its checked address. */
export type TextPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly url: string };

/** What is to be shown before a link opens. */
export interface LinkCheck {
  /** As it would be opened, re-serialised by the URL parser. */
  readonly url: string;
  /** The real host, in ASCII (punycode), or the mail address. */
  readonly host: string;
  readonly warnings: readonly string[];
}

const CANDIDATE = /(?:https?:\/\/|mailto:|parley:)[^\s\p{Cc}\p{Cf}<>"`{}|\\^]+/giu;
const TRAILING = new Set(".,:;!?'’”*_~]");
const ALLOWED = new Set(['http:', 'https:', 'mailto:', 'parley:']);

/** The text in order, its links cut out. Joined together the parts give the text again. */
export function splitLinks(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    const found = trimTail(match[0]);
    const url = isWordStart(text, match.index) ? safeUrl(found) : undefined;
    if (url === undefined) continue;
    if (match.index > end) parts.push({ kind: 'text', text: text.slice(end, match.index) });
    parts.push({ kind: 'link', text: found, url });
    end = match.index + found.length;
  }
  if (end < text.length) parts.push({ kind: 'text', text: text.slice(end) });
  return parts;
}

/** The parsed and re-serialised address, or undefined when its scheme is not allowed or it is none. */
export function safeUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (!ALLOWED.has(url.protocol)) return undefined;
  if (url.href.length > MAX_URL_LENGTH) return undefined;
  // A name and password before the host make one host look like another; no shell opens such an address.
  if (url.username !== '' || url.password !== '') return undefined;
  if (url.protocol.startsWith('http') && url.hostname === '') return undefined;
  if (url.protocol === 'mailto:' && !isMail(url)) return undefined;
  return url.href;
}

function isMail({ pathname, searchParams }: URL): boolean {
  return /^[^@]+@[^@]+$/u.test(pathname) && fillsInTextOnly(searchParams.keys());
}

/** What a person should know before opening the link. Undefined when it must not be opened. */
export function checkLink(text: string): LinkCheck | undefined {
  const href = safeUrl(text);
  if (href === undefined) return undefined;
  const url = new URL(href);
  if (url.protocol === 'mailto:') return { url: href, host: decodeMail(url.pathname), warnings: [] };
  return { url: href, host: url.host, warnings: warningsFor(url) };
}

function warningsFor(url: URL): string[] {
  const warnings: string[] = [];
  if (/(?:^|\.)xn--/u.test(url.hostname)) {
    warnings.push('This name uses letters beyond plain a to z. It may imitate another site.');
  }
  if (/^\[|^\d+\.\d+\.\d+\.\d+$/u.test(url.hostname)) warnings.push('This is a bare network address, not a name.');
  if (url.protocol === 'http:') warnings.push('This connection would not be encrypted (http).');
  return warnings;
}

function decodeMail(path: string): string {
  try {
    return decodeURIComponent(path).replace(/[\p{Cc}\p{Cf}]/gu, '');
  } catch {
    return path;
  }
}

function isWordStart(text: string, index: number): boolean {
  return index === 0 || !/[\p{L}\p{N}]/u.test(text.charAt(index - 1));
}

/** Punctuation at the end belongs to the sentence; a closing bracket only when none was opened in the link. */
function trimTail(text: string): string {
  let unopened = count(text, ')') - count(text, '(');
  let end = text.length;
  for (; end > 0; end--) {
    const last = text.charAt(end - 1);
    if (last === ')' && unopened > 0) unopened--;
    else if (!TRAILING.has(last)) break;
  }
  return text.slice(0, end);
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}
