import { fillsInTextOnly, MAX_URL_LENGTH } from '../core/api/external-url.ts';
import { parsePublicId } from '../core/ids/public-id.ts';

const MAX_LINK_LENGTH = 256;
const WEB = ['http:', 'https:'];
/** Control characters, white space of any kind, and marks that turn the direction of text. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Z}\\]/u;

/**
 * The URL to hand to the system's browser, as the parser writes it again, or undefined when it is none we open: other
 * schemes start other programs, and a name and password before the host make one host look like another.
 */
export function externalUrl(text: unknown): string | undefined {
  if (typeof text !== 'string' || text.length > MAX_URL_LENGTH || HIDDEN.test(text) || !URL.canParse(text)) {
    return undefined;
  }
  const url = new URL(text);
  if (url.protocol === 'mailto:') return fillsInTextOnly(url.searchParams.keys()) ? url.href : undefined;
  const plain = WEB.includes(url.protocol) && url.hostname !== '' && url.username === '' && url.password === '';
  return plain ? url.href : undefined;
}

/**
 * The `parley:` link in `text`, or undefined. It must carry a whole public ID whose checksum fits; all else is dropped
 * here, since any page and any program can call a link.
 */
export function deepLink(text: unknown): string | undefined {
  if (typeof text !== 'string' || text.length > MAX_LINK_LENGTH || !/^parley:/i.test(text)) return undefined;
  return parsePublicId(text).ok ? text : undefined;
}

/** The first `parley:` link among the arguments of a start; whatever else is there is ignored. */
export function deepLinkIn(argv: readonly string[]): string | undefined {
  return argv.map(deepLink).find((link) => link !== undefined);
}
