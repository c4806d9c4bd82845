import { toHex } from '../ids/bytes.ts';
import { encodePublicId } from '../ids/public-id.ts';
import type { StoreReads } from '../store/types.ts';
import {
  DIRECTIONS,
  type FriendRow,
  MESSAGE_STATES,
  type MessageRow,
  type RequestRow,
  type SearchRow,
  STATE_NAMES,
} from '../store/types.ts';
import type { Custody, FriendView, MessageView, Presence, RequestView, SearchHit } from './views.ts';

/** What is known of a friend only while we run. */
export interface LiveState {
  presenceOf(friend: FriendRow): Presence;
  isTyping(friend: FriendRow): boolean;
}

/** Public IDs kept; encoding one takes longer than all the rest of a view. */
const MAX_PUBLIC_IDS = 10_000;

/** Turns rows into views. */
export class Presenter {
  readonly #read: StoreReads;
  readonly #live: LiveState;
  readonly #publicIds = new Map<string, string>();

  constructor(read: StoreReads, live: LiveState) {
    this.#read = read;
    this.#live = live;
  }

  /** Undefined for one who is gone or removed. */
  friend(id: number): FriendView | undefined {
    const row = this.#read.friends.byId(id);
    if (row === undefined || row.removedAt !== undefined) return undefined;
    return this.#friendView(row, this.#read.messages.last(id), this.#read.drafts.of(id));
  }

  /** All friends; removed ones are left out. */
  friends(): FriendView[] {
    const last = new Map(this.#read.messages.lastOfEach().map((row) => [row.friend, row]));
    const drafts = this.#read.drafts.all();
    return this.#read.friends
      .all()
      .filter((row) => row.removedAt === undefined)
      .map((row) => this.#friendView(row, last.get(row.id), drafts.get(row.id) ?? ''));
  }

  message(row: MessageRow): MessageView {
    const view = {
      id: toHex(row.messageId),
      friend: this.#read.friends.byId(row.friend)?.hex ?? '',
      order: row.id,
      direction: row.direction === DIRECTIONS.in ? ('in' as const) : ('out' as const),
      text: row.text,
      sentAt: row.sentAt,
      storedAt: row.storedAt,
      state: STATE_NAMES[row.state]!,
      custody: this.#custody(row),
    };
    const call = this.#callOf(row);
    return call === undefined ? view : { ...view, call };
  }

  /** Only an entry without text and number can be a call: nobody else costs a look. */
  #callOf(row: MessageRow): MessageView['call'] {
    return row.seq !== null || row.text !== '' ? undefined : this.#read.calls.of(row.id);
  }

  request(row: RequestRow): RequestView {
    const { name, greeting, receivedAt } = row;
    return { key: toHex(row.key), publicId: this.#publicId(row), name, greeting, receivedAt };
  }

  hit(row: SearchRow): SearchHit {
    return { message: this.message(row.message), snippet: row.snippet.map((piece) => ({ ...piece })) };
  }

  #friendView(row: FriendRow, last: MessageRow | undefined, draft: string): FriendView {
    return {
      key: row.hex,
      publicId: this.#publicId(row),
      alias: row.alias,
      name: row.name,
      state: row.state,
      presence: this.#live.presenceOf(row),
      lastSeen: row.lastSeen ?? null,
      addedAt: row.addedAt,
      unread: row.unread,
      typing: this.#live.isTyping(row),
      draft,
      lastMessage: last === undefined ? null : this.message(last),
      request: row.state === 'requested' ? (this.#read.mail.custodyOfKind(row.id, 'request') ?? null) : null,
    };
  }

  /** Who keeps a message of ours on its way. */
  #custody({ friend, direction, seq, state }: MessageRow): Custody | null {
    if (direction !== DIRECTIONS.out || seq === null || state > MESSAGE_STATES.stored) return null;
    return this.#read.mail.custodyOf(friend, seq) ?? null;
  }

  #publicId(row: Pick<FriendRow, 'key' | 'tag'>): string {
    const name = toHex(row.key) + toHex(row.tag);
    let text = this.#publicIds.get(name);
    if (text === undefined) {
      text = encodePublicId(row);
      if (this.#publicIds.size >= MAX_PUBLIC_IDS) this.#publicIds.clear();
      this.#publicIds.set(name, text);
    }
    return text;
  }
}
