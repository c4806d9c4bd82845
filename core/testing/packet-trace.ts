import { type Endpoint, formatEndpoint } from '../ports/network.ts';

/** What became of a packet. */
export type Fate =
  | 'delivered'
  | 'lost'
  | 'tapped' // a listener of the test dropped it
  | 'partitioned'
  | 'oversize'
  | 'no-route' // no host there, or no address of that family here
  | 'filtered' // by a NAT
  | 'no-socket' // nobody listens there
  | 'congested' // the sender's uplink queue was full
  | 'down'; // sender or receiver crashed, sleeps or is unplugged

interface Entry {
  time: number;
  from: Endpoint;
  to: Endpoint;
  size: number;
  first: number;
  fate: Fate;
}

/** First byte of packets of streams, as the carrier has it. */
export const STREAM_MARK = 0xff;

export interface TracedPacket {
  readonly time: number;
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly size: number;
  readonly first: number;
  readonly fate: Fate;
}

/** The last packets and what became of them, and totals by fate. Entries are reused: recording allocates nothing. */
export class PacketTrace {
  readonly totals: Partial<Record<Fate, number>> = {};
  readonly #ring: Entry[] = [];
  readonly #capacity: number;
  #next = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  // Called once or twice a packet: an object argument would be garbage each time.
  record(time: number, from: Endpoint, to: Endpoint, size: number, first: number, fate: Fate): void {
    this.totals[fate] = (this.totals[fate] ?? 0) + 1;
    if (this.#capacity === 0) return;
    const entry = this.#ring[this.#next];
    if (entry === undefined) {
      this.#ring.push({ time, from, to, size, first, fate });
    } else {
      entry.time = time;
      entry.from = from;
      entry.to = to;
      entry.size = size;
      entry.first = first;
      entry.fate = fate;
    }
    this.#next = (this.#next + 1) % this.#capacity;
  }

  /** Oldest first. */
  entries(): TracedPacket[] {
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)].map((entry) => ({ ...entry }));
  }

  /** The last `count` packets as lines a person can read. */
  text(count = 60): string {
    const lines = this.entries()
      .slice(-count)
      .map(
        ({ time, from, to, size, first, fate }) =>
          `${time.toFixed(3).padStart(12)} ms  ${formatEndpoint(from)} > ${formatEndpoint(to)}  ${size} B  ` +
          `0x${first.toString(16).padStart(2, '0')}  ${fate}`,
      );
    const totals = Object.entries(this.totals).map(([fate, total]) => `${fate} ${total}`);
    return [...lines, `packets: ${totals.join(', ') || 'none'}`].join('\n');
  }
}
