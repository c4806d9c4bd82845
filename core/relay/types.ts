import type { PositionClaim } from '../dht/types.ts';
import type { NodeId } from '../ids/bytes.ts';
import type { Unsubscribe } from '../ports/events.ts';
import type { Envelope } from './envelope.ts';
import type { Policy } from './policy.ts';

/** Intermediaries an envelope gets by default (L:28). */
export const DEFAULT_COPIES = 2;
/** Longest life of an envelope in the network: 14 days. */
export const MAX_LIFE_MS = 14 * 86_400_000;

/** What is known of an envelope that we gave to the network. */
export type DepositState =
  /** `holders` nodes besides this one are known to keep it at rest; not enough yet. */
  | { readonly state: 'placing'; readonly holders: number }
  /** At least as many nodes besides this one as were asked for keep it, until about `until` (wall clock). */
  | { readonly state: 'stored'; readonly holders: number; readonly until: number }
  /** Its life is over. */
  | { readonly state: 'expired' };

export interface DepositOptions {
  /** When its life ends, in ms since 1970 by this computer's clock; at most MAX_LIFE_MS ahead. */
  readonly expiresAt: number;
  /** Known from an earlier run: the copies are only looked after, not placed at once. */
  readonly alreadyStored?: boolean;
  /** Others are placed before it. */
  readonly nobodyWaits?: boolean;
  /** Called in later ticks, for each change. */
  readonly onState: (state: DepositState) => void;
}

/** An envelope we look after until it is closed: placed, placed again when doubtful, until it expires. */
export interface Deposit {
  readonly state: DepositState;
  /** It arrived, or is not wanted any more: nothing more is done for it. Idempotent. */
  close(): void;
}

/** What became of an envelope that reached us. */
export type Reception =
  /** It is on our disk, or was already, or can never be read: every copy may go. */
  | 'done'
  /** Not now (disk full, locked): the carriers keep it and try again. */
  | 'later';

export interface AttendOptions {
  readonly claim: PositionClaim;
  /** What carriers may take for us; told to them whenever we collect. May be replaced by `Attendance.setPolicy`. */
  readonly policy?: Policy;
  /** Holders are asked again after so long, in ms, although nothing tells that they have something; default: ten minutes. */
  readonly refreshMs?: number;
  /** An envelope for us. It may come again after a restart: the receiver recognises what it has by the ID. */
  readonly onEnvelope: (envelope: Envelope) => Promise<Reception>;
  /** All that the carriers had for us when we came up was handed over, or none answered. */
  readonly onCaughtUp?: () => void;
}

/** Our presence at our intermediaries: what they hold and get for us is handed over at once. */
export interface Attendance {
  /** What carriers are told from now on. */
  setPolicy(policy: Policy): void;
  /** Asks the intermediaries now. */
  collect(): void;
  close(): void;
}

export interface RelayStats {
  /** What this node keeps for others. */
  readonly carried: { readonly envelopes: number; readonly bytes: number; readonly destinations: number };
  /** Bytes it may keep; 0: it carries nothing. */
  readonly capacity: number;
  /** What intermediaries said to hold for the positions attended here, when last asked. */
  readonly waiting: number;
  /** Taken, handed on, freed and expired since start. */
  readonly taken: number;
  readonly handedOn: number;
  readonly freed: number;
  readonly expired: number;
}

/** Messages for people who are away: custody in the network (L:22 to L:30). */
export interface Relay {
  /** Number of copies to write into an envelope for this destination: one more where this node may come to hold one itself. */
  copiesFor(destination: NodeId): number;
  deposit(envelope: Envelope, options: DepositOptions): Deposit;
  attend(options: AttendOptions): Attendance;
  stats(): RelayStats;
  /** Bytes this node gives; what is over it is handed over to other nodes, strangers' oldest first. */
  setCapacity(bytes: number): void;
  onChanged(listener: () => void): Unsubscribe;
}
