import { Server } from 'node:net';

/** A socket that listens on loopback, and the token that the page's address has there. */
export interface GivenDoor {
  readonly listener: Server;
  /** 32 random bytes in base64url. */
  readonly token: string;
}

/** The part of `process` that a parent gives a door through. */
export interface ChildProcess {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Undefined without a channel to the parent. */
  readonly channel?: unknown;
  once(event: 'message', listener: (message: unknown, handle: unknown) => void): unknown;
}

/**
 * `scripts/lib/door.mjs` opens the browser beside the node: it has a port and a token before the node is there, and hands
 * both over by Node's channel. Undefined when nobody said so (`PARLEY_DOOR=given`); rejects when what comes is no door.
 */
export function givenDoor(host: ChildProcess): Promise<GivenDoor> | undefined {
  if (host.env.PARLEY_DOOR !== 'given' || host.channel === undefined) return undefined;
  return new Promise((resolve, reject) => {
    host.once('message', (message, handle) => {
      const token = (message as { token?: unknown } | null)?.token;
      if (handle instanceof Server && typeof token === 'string' && /^[\w-]{43}$/.test(token)) {
        resolve({ listener: handle, token });
      } else reject(new Error('no listening socket came with a token'));
    });
  });
}
