import type { CryptoBackend } from './backend-types.ts';

export type { BoxKeys, CryptoBackend, PasswordLimits } from './backend-types.ts';

/**
 * sodium-native where its binary loads, else plain JavaScript: slower by factors of 20 to 200, but the same bytes. The
 * libraries of the one that is not used are never loaded, since they cost start-up time.
 */
async function loadBackend(): Promise<CryptoBackend> {
  try {
    return (await import('./sodium-backend.ts')).sodiumBackend;
  } catch {
    return (await import('./tweetnacl-backend.ts')).tweetnaclBackend;
  }
}

export const backend: CryptoBackend = await loadBackend();

/** Which implementation is in use, for diagnostics and benchmarks. */
export const cryptoBackendName: CryptoBackend['name'] = backend.name;
