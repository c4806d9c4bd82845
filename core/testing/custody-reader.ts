import { ENVELOPE_ID_BYTES } from '../codec/envelope.ts';
import { INVITE_TAG_BYTES, inviteTag, PROFILE_KEY_BYTES, profileKey } from '../ids/bytes.ts';
import { fileMessages, missingBefore } from '../messenger/mail/filing.ts';
import { type Held, WaitingRoom } from '../messenger/mail/waiting-room.ts';
import type { Clock } from '../ports/clock.ts';
import { Store } from '../store/store.ts';
import type { FriendNumber, NewFriend } from '../store/types.ts';
import { SIMULATION_START_MS } from './virtual-clock.ts';

const KEY_BYTES = 32;
const TAG = inviteTag(new Uint8Array(INVITE_TAG_BYTES));
const DEVICE = new Uint8Array(8).fill(1);
const NOTHING_OPEN_BEFORE = 1;

/** A database in memory, one for all readers of an experiment: each has a chat of its own in it. */
export function readersStore(): Store {
  const parts = { deviceTag: () => new Uint8Array(8).fill(2), wall: () => SIMULATION_START_MS };
  return new Store({ path: ':memory:', key: new Uint8Array(KEY_BYTES), ...parts });
}

export interface CustodyReaderOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Number of the chat, other than all others in this store. */
  readonly chat: number;
  /** A message, by its place in the chat from 0 on, is shown now. `late`: a later one was shown before. */
  readonly shown: (place: number, late: boolean) => void;
}

/**
 * What a person sees who comes back: messages go through the messenger's own waiting room and its database, which say
 * when a message is shown and where in the chat it stands.
 */
export class CustodyReader {
  readonly #options: CustodyReaderOptions;
  readonly #friend: FriendNumber;
  readonly #room: WaitingRoom<() => void>;
  #latest = 0;

  constructor(options: CustodyReaderOptions) {
    const { store, clock, chat } = options;
    this.#options = options;
    this.#friend = store.batch((write) => write.friends.add(friendOf(chat)).id);
    this.#room = new WaitingRoom(clock, {
      missing: ({ body }) => missingBefore(store.read, this.#friend, body),
      admit: (held, giveUp) => this.#admit(held, giveUp),
    });
  }

  /** Resolves when the message is in the database: it may be acknowledged. */
  receive(envelopeId: Uint8Array, place: number): Promise<void> {
    const message = { id: envelopeId.subarray(0, ENVELOPE_ID_BYTES), seq: place + 1, sentAt: 0, text: `${place}` };
    const body = { device: DEVICE, openFrom: NOTHING_OPEN_BEFORE, messages: [message] };
    return new Promise((ticket) => this.#room.offer({ chat: '', body, bytes: 0, ticket }));
  }

  caughtUp(): void {
    this.#room.caughtUp();
  }

  /** Places of the messages in the order in which they stand in the chat. */
  order(): number[] {
    const { store } = this.#options;
    return store.read.messages.page({ friend: this.#friend, limit: 1_000 }).map(({ text }) => Number(text));
  }

  #admit({ body, ticket }: Held<() => void>, giveUp: boolean): void {
    const { store, clock, shown } = this.#options;
    store.batch((write) => fileMessages(write, this.#friend, { body, giveUp, wall: Math.floor(clock.wall()) }));
    for (const { seq } of body.messages) {
      shown(seq - 1, seq < this.#latest);
      this.#latest = Math.max(this.#latest, seq);
    }
    ticket();
    // As after a commit: not within the room's own work.
    void Promise.resolve().then(() => this.#room.stored(''));
  }
}

function friendOf(chat: number): NewFriend {
  const key = new Uint8Array(PROFILE_KEY_BYTES);
  new DataView(key.buffer).setUint32(0, chat);
  return { key: profileKey(key), tag: TAG, alias: `chat ${chat}`, state: 'friend', addedAt: SIMULATION_START_MS };
}
