import { positionOfClaim } from '../../dht/types.ts';
import { toHex } from '../../ids/bytes.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Unsubscribe } from '../../ports/events.ts';
import type { Random } from '../../ports/random.ts';
import { type Envelope, readEnvelope } from '../../relay/envelope.ts';
import type { Attendance, AttendOptions, Deposit, DepositOptions, DepositState, Relay } from '../../relay/types.ts';

export interface CarriersOptions {
  readonly random: Random;
  /** From a deposit until it is stored, and from a copy to its destination, at most; in ms. */
  readonly delayMs?: number;
}

/**
 * Carriers without a network: what is deposited with any relay of one Carriers is kept until its destination took it.
 * They hand over in any order, sometimes twice, and again to whoever comes up.
 */
export class Carriers {
  readonly clock: Clock;
  readonly #random: Random;
  readonly #delayMs: number;
  readonly #held = new Map<string, Envelope>();
  readonly #attending = new Map<string, RelayDouble>();
  /** All envelopes that were ever deposited, in order. */
  readonly seen: Envelope[] = [];
  /** Nobody takes or hands over anything meanwhile. */
  down = false;
  /** Envelopes come twice. */
  duplicates = false;

  constructor(clock: Clock, options: CarriersOptions) {
    this.clock = clock;
    this.#random = options.random;
    this.#delayMs = options.delayMs ?? 20;
  }

  relay(clock: Clock): RelayDouble {
    return new RelayDouble(this, clock);
  }

  get held(): readonly Envelope[] {
    return [...this.#held.values()];
  }

  delay(): number {
    return Math.floor(this.#random.uniform() * this.#delayMs);
  }

  take(envelope: Envelope): void {
    const copy = readEnvelope(envelope.bytes.slice());
    if (copy === undefined) throw new Error('a deposit that is no envelope');
    if (!this.seen.some(({ name }) => name === copy.name)) this.seen.push(copy);
    this.#held.set(copy.name, copy);
    this.#hand(copy);
  }

  /** Puts anything at all in front of a destination. */
  inject(envelope: Envelope): void {
    this.#held.set(envelope.name, envelope);
    this.#hand(envelope);
  }

  free({ name }: Envelope): void {
    this.#held.delete(name);
  }

  /** All copies are gone. */
  loseAll(): void {
    this.#held.clear();
  }

  attend(position: string, relay: RelayDouble): void {
    this.#attending.set(position, relay);
    for (const envelope of this.#held.values()) this.#hand(envelope);
  }

  leave(position: string, relay: RelayDouble): void {
    if (this.#attending.get(position) === relay) this.#attending.delete(position);
  }

  waitingFor(position: string): Envelope[] {
    return this.held.filter(({ destination }) => toHex(destination) === position);
  }

  /** Hands over everything again. */
  retry(): void {
    for (const envelope of this.#held.values()) this.#hand(envelope);
  }

  #hand(envelope: Envelope): void {
    for (let copies = this.duplicates ? 2 : 1; copies > 0; copies--)
      this.clock.after(this.delay(), () => {
        if (this.down || !this.#held.has(envelope.name)) return;
        this.#attending.get(toHex(envelope.destination))?.receive(envelope);
      });
  }
}

/** One person's way to the carriers. */
export class RelayDouble implements Relay {
  readonly #carriers: Carriers;
  readonly #clock: Clock;
  readonly deposits = new Map<string, { readonly envelope: Envelope; readonly options: DepositOptions }>();
  /** Its carriers take nothing from it: no permit is good enough. */
  refuses = false;
  /** By position. */
  readonly #attending = new Map<string, AttendOptions>();
  #alive = true;

  constructor(carriers: Carriers, clock: Clock) {
    this.#carriers = carriers;
    this.#clock = clock;
  }

  /** As the end of the process. */
  kill(): void {
    this.#alive = false;
    for (const position of this.#attending.keys()) this.#carriers.leave(position, this);
  }

  copiesFor(): number {
    return 2;
  }

  deposit(envelope: Envelope, options: DepositOptions): Deposit {
    let state: DepositState = { state: 'placing', holders: 0 };
    let timer: Timer | undefined;
    const entry = { envelope, options };
    this.deposits.set(envelope.name, entry);
    const closed = () => !this.#alive || this.deposits.get(envelope.name) !== entry;
    const say = (next: DepositState) => {
      if (closed()) return;
      state = next;
      options.onState(next);
    };
    const place = () => {
      if (closed()) return;
      if (this.#clock.wall() >= options.expiresAt) return say({ state: 'expired' });
      timer = this.#clock.after(this.#carriers.down || this.refuses ? 1_000 : 3_600_000, place);
      if (this.#carriers.down || this.refuses) return;
      if (state.state === 'placing' && options.alreadyStored !== true) this.#carriers.take(envelope);
      say({ state: 'stored', holders: 2, until: options.expiresAt - 0.5 });
    };
    timer = this.#clock.after(this.#carriers.delay(), place);
    return {
      get state() {
        return state;
      },
      close: () => {
        timer?.cancel();
        if (this.deposits.get(envelope.name) === entry) this.deposits.delete(envelope.name);
      },
    };
  }

  attend(options: AttendOptions): Attendance {
    const position = toHex(positionOfClaim(options.claim.publicKey));
    this.#attending.set(position, options);
    const collect = () => {
      if (this.#alive) this.#carriers.attend(position, this);
    };
    const timer = this.#clock.after(1, collect);
    const caughtUp = this.#clock.after(100, () => this.#alive && options.onCaughtUp?.());
    return {
      setPolicy: (policy) => {
        this.#attending.set(position, { ...options, policy });
      },
      collect,
      close: () => {
        for (const one of [timer, caughtUp]) one.cancel();
        this.#attending.delete(position);
        this.#carriers.leave(position, this);
      },
    };
  }

  async receive(envelope: Envelope): Promise<void> {
    const options = this.#attending.get(toHex(envelope.destination));
    if (!this.#alive || options === undefined) return;
    const reception = await options.onEnvelope(envelope);
    if (reception === 'done') this.#carriers.free(envelope);
  }

  /** What its carriers are told. */
  get attending(): AttendOptions[] {
    return [...this.#attending.values()];
  }

  stats() {
    const carried = { envelopes: 0, bytes: 0, destinations: 0 };
    return { carried, capacity: 0, waiting: 0, taken: 0, handedOn: 0, freed: 0, expired: 0 };
  }

  setCapacity(): void {}

  onChanged(): Unsubscribe {
    return () => {};
  }
}
