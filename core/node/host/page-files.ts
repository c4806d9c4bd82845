import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { hash32 } from '../../crypto/crypto.ts';

export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
  /** Quoted, for If-None-Match. */
  readonly etag: string;
}

/** The whole page by URL path; what is not a key does not exist, so no path is ever resolved on disk. */
export type PageFiles = ReadonlyMap<string, PageFile>;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wav': 'audio/wav',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.json': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};

/**
 * Reads the built page. Files of other types, links and files whose name begins with a dot are left out; `/` is
 * `index.html`. Blocks for a few ms, as promises of a dozen files would take longer. @throws when the folder cannot be
 * read.
 */
export async function readPageFiles(folder: string): Promise<PageFiles> {
  const files = new Map<string, PageFile>();
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || entry.name.startsWith('.') || type === undefined) continue;
    const file = join(entry.parentPath, entry.name);
    const body = readFileSync(file);
    files.set(urlPath(folder, file), {
      type,
      body,
      etag: `"${Buffer.from(hash32('parley page file', body)).toString('base64url')}"`,
    });
  }
  const index = files.get('/index.html');
  if (index !== undefined) files.set('/', index);
  return files;
}

function urlPath(folder: string, file: string): string {
  return file.slice(folder.length).replaceAll('\\', '/').replace(/^\/*/, '/');
}
