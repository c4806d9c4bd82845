import type { CustomScheme, Protocol } from 'electron';
import { type PageFiles, readPageFiles } from '../core/node/host/page-files.ts';
import { pageHeaders } from '../core/node/host/page-headers.ts';

/** A scheme of our own: a page from `file:` could read every file of the person. */
const APP_SCHEME = 'app';
const APP_HOST = 'parley';
const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`;
export const PAGE_URL = `${APP_ORIGIN}/index.html`;

/** To be registered before the app is ready. */
export const APP_SCHEMES: CustomScheme[] = [
  {
    scheme: APP_SCHEME,
    privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true },
  },
];

/** True for a URL of the page's own origin. Own schemes have no origin in Node's URL, so its parts are compared. */
export function isAppUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, host, username, password } = new URL(text);
  return protocol === `${APP_SCHEME}:` && host === APP_HOST && username === '' && password === '';
}

/**
 * Answers the page's requests from the files that were in its folder at the start. What is not one of them is 404,
 * so no path from a URL is ever looked up on disk.
 */
export function serveAppPage(protocol: Pick<Protocol, 'handle'>, folder: string): void {
  const headers = pageHeaders("'none'");
  const loading = readPageFiles(folder).catch((): PageFiles => new Map());
  protocol.handle(APP_SCHEME, async ({ url, method }) => {
    const refuse = (status: number): Response => new Response(null, { status, headers });
    if (!isAppUrl(url)) return refuse(404);
    if (method !== 'GET') return refuse(405);
    const file = (await loading).get(new URL(url).pathname);
    if (file === undefined) return refuse(404);
    const body = new Uint8Array(file.body);
    // Electron takes the length of what it plays from here (pull request 25324).
    const about = { 'Content-Type': file.type, 'Content-Length': String(body.length), 'Cache-Control': 'no-cache' };
    return new Response(body, { headers: { ...headers, ...about } });
  });
}
