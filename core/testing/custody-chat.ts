import { ENVELOPE_SIZES } from '../codec/envelope.ts';
import { profileKeyPairFromSeed, sign } from '../crypto/crypto.ts';
import { type PositionClaim, positionOfClaim } from '../dht/types.ts';
import { makeEnvelope } from '../relay/envelope.ts';
import type { Store } from '../store/store.ts';
import { CustodyComputer, type CustodyWorld } from './custody-computer.ts';
import type { CustodyLedger } from './custody-ledger.ts';
import { CustodyReader } from './custody-reader.ts';
import type { SeededRandom } from './seeded-random.ts';

/** Between two messages of a chat. */
const PAUSE_MS = 20_000;
const LIFE_MS = 14 * 86_400_000;
/** The destination waits this long for what does not come, and stays this long after the last one came. */
const PATIENCE_MS = 24 * 3_600_000;
const LINGER_MS = 120_000;

export interface CustodyChatOptions {
  readonly number: number;
  readonly length: number;
  readonly world: CustodyWorld;
  readonly random: SeededRandom;
  readonly ledger: CustodyLedger;
  /** Where destinations keep what they got. */
  readonly store: Store;
  /** The sender is gone for good after this, or when all is stored. */
  readonly sessionMs: number;
  /** The destination comes up that long after the chat's beginning. */
  readonly awayMs: number;
  readonly delivered: (msAfterComingUp: number) => void;
  /** The person sees it. `late`: after a later one. */
  readonly shown: (msAfterComingUp: number, late: boolean) => void;
  readonly joined: (computer: CustodyComputer) => void;
  readonly gone: (computer: CustodyComputer) => void;
  /** The destination waits no longer. `order`: places of its messages, in the order in which they stand in the chat. */
  readonly over: (order: readonly number[]) => void;
}

/** One sender writes to one destination that is away. Both are computers of their own, and full nodes while up. */
export class CustodyChat {
  readonly #options: CustodyChatOptions;
  readonly #claim: PositionClaim;
  readonly #names: string[] = [];
  #unstored = 0;
  #toSend: number;
  #reader: CustodyReader | undefined;

  constructor(options: CustodyChatOptions) {
    this.#options = options;
    this.#claim = claimOf(options.random);
    this.#toSend = options.length;
  }

  begin(): void {
    const { sessionMs, awayMs, world } = this.#options;
    const { clock } = world.network;
    const sender = new CustodyComputer(world);
    this.#options.joined(sender);
    const { node } = sender.up();
    node.onChanged(() => this.#sendNext(sender));
    clock.after(sessionMs, () => this.#leave(sender));
    clock.after(awayMs, () => this.#receive());
  }

  #leave(computer: CustodyComputer): void {
    if (computer.session === undefined) return;
    computer.crash();
    this.#options.gone(computer);
  }

  #sendNext(sender: CustodyComputer): void {
    if (sender.session === undefined || this.#toSend === 0) return;
    const { relay, clock } = sender.session;
    const { random, ledger, number, length } = this.#options;
    const place = length - this.#toSend--;
    const destination = positionOfClaim(this.#claim.publicKey);
    const copies = relay.copiesFor(destination);
    const envelope = makeEnvelope({ destination, copies, body: random.bytes(ENVELOPE_SIZES[0]) });
    const entry = ledger.sent({ name: envelope.name, chat: number, place, sentAt: clock.now() });
    this.#names.push(envelope.name);
    this.#unstored++;
    relay.deposit(envelope, {
      expiresAt: clock.wall() + LIFE_MS,
      onState: ({ state }) => {
        if (state !== 'stored' || entry.storedAt !== undefined) return;
        entry.storedAt = this.#options.world.network.clock.now();
        // The harsh case: gone for good, disk and all, once the network has it.
        if (--this.#unstored === 0 && this.#toSend === 0) this.#leave(sender);
      },
    });
    clock.after(random.uniform() * PAUSE_MS, () => this.#sendNext(sender));
  }

  #receive(): void {
    const { world, ledger, store, number } = this.#options;
    const { clock } = world.network;
    const receiver = new CustodyComputer(world);
    this.#options.joined(receiver);
    const cameUpAt = clock.now();
    const session = receiver.up();
    const { node, relay } = session;
    const missing = new Set(this.#names);
    const reader = new CustodyReader({
      ...{ store, clock: session.clock, chat: number },
      shown: (_, late) => this.#options.shown(clock.now() - cameUpAt, late),
    });
    this.#reader = reader;
    node.onChanged(() => void node.register(positionOfClaim(this.#claim.publicKey)));
    relay.attend({
      claim: this.#claim,
      onEnvelope: async ({ name, id }) => {
        const { place } = ledger.arrived(name, clock.now());
        if (missing.delete(name)) this.#options.delivered(clock.now() - cameUpAt);
        if (missing.size === 0) clock.after(LINGER_MS, () => this.#end(receiver));
        await reader.receive(id, place);
        return 'done';
      },
      onCaughtUp: () => reader.caughtUp(),
    });
    clock.after(PATIENCE_MS, () => this.#end(receiver));
  }

  #end(receiver: CustodyComputer): void {
    if (receiver.session === undefined) return;
    this.#leave(receiver);
    this.#options.over(this.#reader?.order() ?? []);
  }
}

function claimOf(random: SeededRandom): PositionClaim {
  const { publicKey, secretKey } = profileKeyPairFromSeed(random.bytes(32));
  return { publicKey, sign: (purpose, ...parts) => sign(secretKey, purpose, ...parts) };
}
