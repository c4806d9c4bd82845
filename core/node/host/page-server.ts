import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Logger } from '../../ports/logger.ts';
import { isOwnHost, targetOf } from './access.ts';
import { type PageFile, type PageFiles, readPageFiles } from './page-files.ts';
import { openedByNoPage, pageHeaders } from './page-headers.ts';

/** Answers plain HTTP requests with files of the page, and with nothing else. */
export class PageServer {
  readonly #folder: string;
  readonly #logger: Logger;
  readonly #headers = pageHeaders("'self'");
  readonly #headersForPerson = withoutOpenerPolicy(this.#headers);
  #files: Promise<PageFiles> | undefined;
  #toldMissing = false;

  constructor(folder: string, logger: Logger) {
    this.#folder = folder;
    this.#logger = logger;
  }

  /** `port` is the one we listen on, for the check of the Host header. */
  async answer(request: IncomingMessage, response: ServerResponse, port: number): Promise<void> {
    if (!isOwnHost(request, port)) return this.#refuse(response, 403);
    if (request.method !== 'GET' && request.method !== 'HEAD') return this.#refuse(response, 405);
    const path = targetOf(request)?.pathname;
    const file = path === undefined ? undefined : (await this.#pageFiles()).get(path);
    if (file === undefined) return this.#refuse(response, 404);
    this.#send(request, response, file);
  }

  /** Read at the first request, so that a node nobody looks at does not pay for the page. */
  async #pageFiles(): Promise<PageFiles> {
    this.#files ??= readPageFiles(this.#folder);
    try {
      return await this.#files;
    } catch {
      this.#files = undefined;
      // Not for each request: any program of this computer may make them.
      if (!this.#toldMissing) this.#logger.error('host.page-missing');
      this.#toldMissing = true;
      return new Map();
    }
  }

  #send(request: IncomingMessage, response: ServerResponse, { type, body, etag }: PageFile): void {
    const caching = type.startsWith('text/html') ? 'no-store' : 'no-cache';
    const protecting = openedByNoPage(request.headers) ? this.#headersForPerson : this.#headers;
    const headers = { ...protecting, 'Content-Type': type, 'Cache-Control': caching, ETag: etag };
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304, headers).end();
      return;
    }
    response.writeHead(200, { ...headers, 'Content-Length': body.length });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  #refuse(response: ServerResponse, status: number): void {
    const headers = { ...this.#headers, 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' };
    response.writeHead(status, status === 405 ? { ...headers, Allow: 'GET, HEAD' } : headers);
    response.end(`${STATUS_CODES[status]}\n`);
  }
}

function withoutOpenerPolicy({ ...headers }: Record<string, string>): Record<string, string> {
  delete headers['Cross-Origin-Opener-Policy'];
  return headers;
}
