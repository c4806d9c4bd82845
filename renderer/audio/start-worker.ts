import { WORKER_FILE } from './worker-messages.ts';

/** Trusted Types, which TypeScript's DOM library leaves out (W3C Trusted Types, section 2.3). */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(input: string): string },
  ): { createScriptURL(input: string): string };
}

/** Made when the page loads: the content policy lets one rule of this name be made, once, and it knows one address. */
const file = trustedFile();

/** Starts the worker of a call's sound. No other can be started. */
export function startWorker(): Worker {
  return new Worker(file, { type: 'module' });
}

/** A browser without Trusted Types takes the address as it is. */
function trustedFile(): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  const policy = trustedTypes?.createPolicy('parley-worker', { createScriptURL: () => WORKER_FILE });
  return policy?.createScriptURL('') ?? WORKER_FILE;
}
