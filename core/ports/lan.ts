import type { Endpoint } from './network.ts';

/** The local network: everybody on it hears an announcement, ourselves included. Best effort. */
export interface LanPort {
  /** Sends to all on the local network. The buffer must not be changed afterwards. */
  announce(packet: Uint8Array): void;
  /** One listener. `from` is who sent it; its port says nothing. The packet belongs to the listener: do not write. */
  onAnnouncement(listener: (packet: Uint8Array, from: Endpoint) => void): void;
  /** Idempotent. */
  close(): Promise<void>;
}
