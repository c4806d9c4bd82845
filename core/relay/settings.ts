import { DEFAULT_COPIES, MAX_LIFE_MS } from './types.ts';

const MIB = 1024 * 1024;

/** What a carrier takes at most, so that nobody can displace what others stored. */
export interface Quotas {
  /** Share of the capacity that one destination may fill with what its policy allows. */
  readonly destinationShare: number;
  /** Share that one source (a node; of public addresses a /24 or /48) may fill. */
  readonly sourceShare: number;
  /** Share for all envelopes that no policy vouches for: a small default. They are the first to go. */
  readonly strangerShare: number;
  /** Envelopes and bytes for one destination that its policy does not vouch for, friend requests among them. */
  readonly strangerEnvelopes: number;
  readonly strangerBytes: number;
}

export interface RelaySettings {
  /** Intermediaries of an envelope; 0: custody at the destination's own root alone (L:22). */
  readonly copies: number;
  /** Keep the copy until the next hop has handed it on (L:26); without it a hop forgets at once. */
  readonly pipeline: boolean;
  /** Bytes given to others at first. */
  readonly capacityBytes: number;
  /** Longest life a carrier grants, in ms. */
  readonly maxLifeMs: number;
  readonly quotas: Quotas;
  /** A holder is asked for a sign of life this often, in ms, if there are few of them. */
  readonly watchMs: number;
  /** And this much more seldom for each further one, so that idle traffic stays bounded. */
  readonly watchPerPartnerMs: number;
}

export const DEFAULT_SETTINGS: RelaySettings = {
  copies: DEFAULT_COPIES,
  pipeline: true,
  capacityBytes: 256 * MIB,
  maxLifeMs: MAX_LIFE_MS,
  quotas: {
    destinationShare: 1 / 8,
    sourceShare: 1 / 4,
    strangerShare: 1 / 8,
    // A friend who has not got our policy yet counts as a stranger: enough for what one writes in an evening.
    strangerEnvelopes: 64,
    strangerBytes: MIB,
  },
  watchMs: 5_000,
  watchPerPartnerMs: 500,
};
