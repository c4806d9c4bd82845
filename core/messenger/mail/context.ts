import type { ProfileKeyPair } from '../../crypto/crypto.ts';
import type { LinkIdentity } from '../../link/identity.ts';
import type { Unsubscribe } from '../../ports/events.ts';
import type { Relay } from '../../relay/types.ts';

/** What the messenger needs for people who are away. */
export interface MailOptions {
  readonly relay: Relay;
  readonly identity: LinkIdentity;
  readonly network: NetworkSight;
  /** Derives the key pair of a public ID; absent: as the protocol says, slowly on purpose. */
  readonly derive?: DeriveInvite;
}

export type DeriveInvite = (id: { readonly key: Uint8Array; readonly tag: Uint8Array }) => Promise<ProfileKeyPair>;

/** Whether others can be reached; `Overlay` is one. */
export interface NetworkSight {
  readonly connected: boolean;
  onChanged(listener: () => void): Unsubscribe;
}
