import { DHT_OVERHEAD_BYTES, type DhtBody, dhtMessage } from '../codec/dht.ts';
import { encode } from '../codec/layout.ts';
import type { SeededRandom } from './seeded-random.ts';

/** IPv4 and UDP headers. */
const HEADER_BYTES = 28;
/** Packets whose length is found by encoding them, of all packets of a kind: lengths within a kind differ little. */
const ENCODED_SHARE = 1 / 64;
/** Encoded in any case, of each kind. */
const ENCODED_AT_LEAST = 16;

interface Tally {
  packets: number;
  encoded: number;
  encodedBytes: number;
}

/** Counts packets and bytes of a modelled network. */
export class FastTraffic {
  readonly #random: SeededRandom;
  readonly #kinds = new Map<string, Tally>();
  readonly #handled: number[] = [];
  lookups = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  sent(_from: number, body: DhtBody): void {
    const tally = this.#kinds.get(body.kind) ?? { packets: 0, encoded: 0, encodedBytes: 0 };
    this.#kinds.set(body.kind, tally);
    tally.packets++;
    if (tally.encoded >= ENCODED_AT_LEAST && !this.#random.chance(ENCODED_SHARE)) return;
    tally.encoded++;
    tally.encodedBytes +=
      encode(dhtMessage, { transaction: 0, leaf: false, body }).length + DHT_OVERHEAD_BYTES + HEADER_BYTES;
  }

  arrived(to: number, _body: DhtBody): void {
    this.#handled[to] = (this.#handled[to] ?? 0) + 1;
  }

  lookedUp(): void {
    this.lookups++;
  }

  /** Bytes of UDP packets with headers, by kind of body. */
  bytes(): ReadonlyMap<string, number> {
    return new Map([...this.#kinds].map(([kind, tally]) => [kind, bytesOf(tally)]));
  }

  packets(): ReadonlyMap<string, number> {
    return new Map([...this.#kinds].map(([kind, { packets }]) => [kind, packets]));
  }

  /** Requests that reached each computer, by its number. */
  handled(): readonly number[] {
    return this.#handled;
  }
}

function bytesOf({ packets, encoded, encodedBytes }: Tally): number {
  return encoded === 0 ? 0 : (packets * encodedBytes) / encoded;
}
