/** Where copies are kept (L:22 to L:30). */
export const CUSTODY_SCHEMES = {
  /** Nobody but the sender has it: both must be up at the same time. */
  sender: undefined,
  /** The root of the destination's own position keeps it alone (L:22). */
  root: { copies: 0, pipeline: false },
  /** And the hop before the root keeps a second copy (L:26, L:27). */
  pipeline: { copies: 0, pipeline: true },
  /** Two intermediaries back each other up (L:28). */
  two: { copies: 2, pipeline: true },
  three: { copies: 3, pipeline: true },
} as const;
export type CustodyScheme = keyof typeof CUSTODY_SCHEMES;

export const SCHEME_NAMES: Readonly<Record<CustodyScheme, string>> = {
  sender: 'sender only',
  root: 'root only',
  pipeline: 'root and pipeline',
  two: 'two intermediaries',
  three: 'three intermediaries',
};

export interface CustodyOptions {
  readonly scheme: CustodyScheme;
  readonly seed: string;
  /** Nodes that are up at a time, on average; as many are down. */
  readonly nodes: number;
  readonly messages: number;
  /** Messages of one sender to one destination. */
  readonly chatLength: number;
  /** Mean of the exponential times a computer is up, and of those it is down. */
  readonly sessionMs: number;
  /** Share of departures after which a computer never comes back. */
  readonly forGood: number;
  /** Absences lie between these, counted from the chat's beginning; their logarithm is uniform. */
  readonly awayMs: readonly [least: number, most: number];
  /** Chats begin within this time. */
  readonly sendingMs: number;
  readonly loss: number;
  /** Partners are watched by real probes: many times as many events. To check the model. */
  readonly realWatching?: boolean;
}

/** What was seen at one age of messages. */
export interface CopiesAtAge {
  readonly ageMs: number;
  readonly messages: number;
  /** Copies on computers that were up, and on all that will come back, a message. */
  readonly live: number;
  readonly all: number;
  /** Share of messages of which no computer, and less than two, that were up had a copy. */
  readonly withNone: number;
  readonly belowTwo: number;
}

export interface CustodyResult {
  readonly options: CustodyOptions;
  readonly sent: number;
  /** The sender saw them as stored. */
  readonly stored: number;
  /** Shown as stored, and never arrived. */
  readonly lostStored: number;
  /** Of all that was sent, never arrived. */
  readonly lost: number;
  /** Handed to the receiver more than once. */
  readonly doubled: number;
  /** Standing below a later one of the same chat when the destination waits no longer. */
  readonly reordered: number;
  /** Shown after a later one of the same chat: it was filled into its place. */
  readonly late: number;
  /** From sending to `stored`, from coming up to the arrival, and from coming up until it was shown; ascending. */
  readonly storedMs: readonly number[];
  readonly deliveryMs: readonly number[];
  readonly shownMs: readonly number[];
  readonly copies: readonly CopiesAtAge[];
  /**
   * For how long the last copy on a computer that was up had been the only one, each time that one went of a stored
   * message; ascending. And the last time of each lost one.
   */
  readonly aloneMs: readonly number[];
  readonly lostAloneMs: readonly number[];
  /** Share of the looks at waiting messages that found less than two, and no copies up. */
  readonly belowTwo: number;
  readonly withNone: number;
  readonly bytesPerMessageDay: number;
  readonly requestsPerNodeHour: number;
  readonly events: number;
}
