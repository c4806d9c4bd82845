import { CopiesUp } from './copies-up.ts';
import { CustodyChat } from './custody-chat.ts';
import { CustodyComputer, type CustodyWorld } from './custody-computer.ts';
import { CustodyLedger } from './custody-ledger.ts';
import { readersStore } from './custody-reader.ts';
import { senderOnly } from './custody-sender-only.ts';
import { CUSTODY_SCHEMES, type CustodyOptions, type CustodyResult } from './custody-types.ts';
import { FastNetwork } from './fast-network.ts';
import { measuredOverlay } from './overlay-model.ts';
import { SeededRandom } from './seeded-random.ts';
import { VirtualClock } from './virtual-clock.ts';

const LOOK_EVERY_MS = 3_600_000;
const SETTLE_MS = 60_000;
/** A lookup among a thousand nodes: about 13 requests of 147 bytes and replies of 427 (`codec/dht.ts`, with headers). */
const LOOKUP_BYTES = 13 * (147 + 427);
/** A probe and its reply: DHT datagrams with headers. Every fourth is an audit: 40 bytes more. */
const PROBE_BYTES = 141 + 22 + 110 + 40 / 4;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/**
 * The great experiment (docs/reliability.md): computers come and crash, senders hand messages over and are gone for good,
 * destinations come up after hours or days, and everything is counted.
 */
export async function runCustody(options: CustodyOptions, progress?: (text: string) => void): Promise<CustodyResult> {
  const scheme = CUSTODY_SCHEMES[options.scheme];
  if (scheme === undefined) return senderOnly(options);
  const experiment = new CustodyExperiment(options, scheme);
  await experiment.run(progress);
  return experiment.end();
}

class CustodyExperiment {
  readonly #options: CustodyOptions;
  readonly #world: CustodyWorld;
  readonly #clock = new VirtualClock();
  readonly #random: SeededRandom;
  readonly #ledger = new CustodyLedger();
  readonly #store = readersStore();
  readonly #computers = new Set<CustodyComputer>();
  #chatsLeft: number;
  #probesOfTheGone = 0;
  #nodeHours = 0;

  constructor(options: CustodyOptions, scheme: { readonly copies: number; readonly pipeline: boolean }) {
    this.#options = options;
    this.#random = new SeededRandom(`${options.seed} custody`);
    const network = new FastNetwork({
      clock: this.#clock,
      random: this.#random.fork('network'),
      model: measuredOverlay(options.sessionMs),
      loss: options.loss,
    });
    this.#world = {
      network,
      random: this.#random.fork('nodes'),
      settings: scheme,
      copiesUp: new CopiesUp(this.#clock, (name, aloneMs) => this.#ledger.noneLeftUp(name, aloneMs)),
      realWatching: options.realWatching === true,
    };
    this.#chatsLeft = Math.ceil(options.messages / options.chatLength);
  }

  async run(progress: (text: string) => void = () => {}): Promise<void> {
    const { nodes, sendingMs } = this.#options;
    for (let i = 0; i < 2 * nodes; i++) this.#addComputer(i < nodes);
    await this.#clock.runFor(SETTLE_MS);
    const chats = this.#chatsLeft;
    for (let chat = 0; chat < chats; chat++) {
      this.#clock.after(this.#random.uniform() * sendingMs, () => this.#begin(chat));
    }
    while (this.#chatsLeft > 0) {
      await this.#clock.runFor(LOOK_EVERY_MS);
      this.#look();
      progress(
        `${(this.#clock.now() / HOUR_MS).toFixed(0)} h, ${this.#chatsLeft} chats left, ${this.#clock.eventCount} events`,
      );
    }
  }

  /** Once, after the run. */
  end(): CustodyResult {
    this.#store.close();
    const entries = [...this.#ledger.entries.values()];
    const stored = entries.filter(({ storedAt }) => storedAt !== undefined);
    const lost = entries.filter(({ arrivedAt }) => arrivedAt === undefined);
    const { traffic } = this.#world.network;
    const handled = traffic.handled().reduce((sum, count) => sum + (count ?? 0), 0);
    return {
      options: this.#options,
      sent: entries.length,
      stored: stored.length,
      lost: lost.length,
      lostStored: lost.filter(({ storedAt }) => storedAt !== undefined).length,
      doubled: entries.filter(({ arrivals }) => arrivals > 1).length,
      ...{ reordered: this.#ledger.reordered, late: this.#ledger.late },
      aloneMs: ascending(this.#ledger.aloneMs),
      lostAloneMs: ascending(lost.flatMap(({ aloneMs }) => aloneMs ?? [])),
      storedMs: ascending(stored.map(({ sentAt, storedAt }) => storedAt! - sentAt)),
      deliveryMs: ascending(this.#deliveryMs),
      shownMs: ascending(this.#shownMs),
      copies: this.#ledger.copies(),
      ...this.#ledger.shares(),
      bytesPerMessageDay: this.#bytes() / (this.#ledger.waitedMs / DAY_MS),
      requestsPerNodeHour: handled / this.#nodeHours,
      events: this.#clock.eventCount,
    };
  }

  readonly #deliveryMs: number[] = [];
  readonly #shownMs: number[] = [];

  #bytes(): number {
    const { traffic } = this.#world.network;
    let bytes = traffic.lookups * LOOKUP_BYTES + this.#probesOfTheGone * PROBE_BYTES;
    for (const ofKind of traffic.bytes().values()) bytes += ofKind;
    for (const computer of this.#computers) bytes += computer.probesSpared * PROBE_BYTES;
    return bytes;
  }

  /** A computer that takes part in the network now or later, and then comes and goes. */
  #addComputer(up: boolean): void {
    const computer = new CustodyComputer(this.#world);
    this.#computers.add(computer);
    if (up) this.#comeUp(computer, true);
    else this.#clock.after(this.#exponential(), () => this.#comeUp(computer));
  }

  #comeUp(computer: CustodyComputer, atOnce = false): void {
    computer.up(atOnce);
    this.#clock.after(this.#exponential(), () => this.#goDown(computer));
  }

  #goDown(computer: CustodyComputer): void {
    computer.crash();
    if (this.#random.chance(this.#options.forGood)) {
      this.#forget(computer);
      this.#addComputer(false);
    } else this.#clock.after(this.#exponential(), () => this.#comeUp(computer));
  }

  #forget(computer: CustodyComputer): void {
    this.#computers.delete(computer);
    this.#probesOfTheGone += computer.probesSpared;
  }

  #begin(number: number): void {
    const { chatLength, sessionMs } = this.#options;
    const [least, most] = this.#options.awayMs;
    const chat = new CustodyChat({
      ...{ number, length: chatLength, world: this.#world, random: this.#random.fork(`chat ${number}`) },
      ...{ ledger: this.#ledger, store: this.#store },
      sessionMs: this.#exponential(sessionMs),
      awayMs: least * (most / least) ** this.#random.uniform(),
      delivered: (ms) => this.#deliveryMs.push(ms),
      joined: (computer) => this.#computers.add(computer),
      gone: (computer) => this.#forget(computer),
      shown: (ms, late) => {
        this.#shownMs.push(ms);
        if (late) this.#ledger.late++;
      },
      over: (order) => {
        this.#ledger.read(order);
        this.#chatsLeft--;
      },
    });
    chat.begin();
  }

  #exponential(mean = this.#options.sessionMs): number {
    return -mean * Math.log(1 - this.#random.uniform());
  }

  #look(): void {
    const copies = new Map<string, { live: number; all: number }>();
    for (const { session, disk } of this.#computers) {
      if (session !== undefined) this.#nodeHours++;
      for (const name of disk.envelopes.keys()) {
        const count = copies.get(name) ?? { live: 0, all: 0 };
        count.all++;
        if (session !== undefined) count.live++;
        copies.set(name, count);
      }
    }
    this.#ledger.look(this.#clock.now(), copies);
  }
}

function ascending(values: readonly number[]): readonly number[] {
  return [...values].sort((a, b) => a - b);
}
