import type { Unsubscribe } from '../../ports/events.ts';
import type { Relay } from '../../relay/types.ts';

/** What the messenger needs for people who are away. */
export interface MailOptions {
  readonly relay: Relay;
  readonly network: NetworkSight;
}

/** Whether others can be reached; `Overlay` is one. */
export interface NetworkSight {
  readonly connected: boolean;
  onChanged(listener: () => void): Unsubscribe;
}
