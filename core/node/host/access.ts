import type { IncomingMessage } from 'node:http';
import { constantTimeEqual, hash32 } from '../../crypto/crypto.ts';

/** Subprotocol of the contract; a second one beginning so carries the token, the only way a browser can send one. */
export const SUBPROTOCOL = 'parley';
const TOKEN_PROTOCOL = 'token.';

/** The same contract without events: for the sound of a call, which is not to wait behind them. */
export const AUDIO_SUBPROTOCOL = 'parley.audio';

/** Compares by digests of equal length, so that time tells neither the length nor a common beginning. */
export function sameToken(given: string, expected: string): boolean {
  return constantTimeEqual(digest(given), digest(expected));
}

function digest(text: string): Uint8Array {
  return hash32('parley host token', new TextEncoder().encode(text));
}

/**
 * A name that is not ours means that a foreign page reached us through a DNS answer pointing at loopback.
 */
export function isOwnHost(request: IncomingMessage, port: number): boolean {
  return ownHosts(port).includes(request.headers.host?.toLowerCase() ?? '');
}

/** Programs send no Origin; a browser always does, and then it must be the page we serve, at the address asked. */
export function isOwnOrigin(request: IncomingMessage): boolean {
  const origin = request.headers.origin;
  return origin === undefined || origin === `http://${request.headers.host?.toLowerCase()}`;
}

/** The token of an upgrade request, from whichever place; undefined when it carries none. */
export function tokenOf(request: IncomingMessage): string | undefined {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const protocol = offered.find((name) => name.startsWith(TOKEN_PROTOCOL));
  if (protocol !== undefined) return protocol.slice(TOKEN_PROTOCOL.length);
  const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '');
  if (bearer !== null) return bearer[1];
  return targetOf(request)?.searchParams.get('token') ?? undefined;
}

/** The URL asked for, or undefined when it is none. */
export function targetOf(request: IncomingMessage): URL | undefined {
  const target = request.url ?? '';
  // '//name' would parse as another host.
  if (!target.startsWith('/') || target.startsWith('//')) return undefined;
  const base = 'http://127.0.0.1';
  return URL.canParse(target, base) ? new URL(target, base) : undefined;
}

function ownHosts(port: number): readonly string[] {
  const names = ['127.0.0.1', 'localhost', '[::1]'];
  // Port 80 goes unsaid in a Host header.
  return port === 80 ? names : names.map((name) => `${name}:${port}`);
}
