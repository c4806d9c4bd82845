import type { CheckedArgs } from '../../core/api/contract.ts';
import { ApiError } from '../../core/api/errors.ts';
import type { MessageView, SearchHit } from '../../core/api/views.ts';
import { randomHex } from './fake-data.ts';

const DEFAULT_LIMIT = 50;

export type NewMessage = Pick<MessageView, 'friend' | 'direction' | 'text' | 'state'> &
  Partial<Pick<MessageView, 'custody' | 'call'>> & { at?: number };

/** The messages of all chats in memory, oldest first. */
export class FakeHistory {
  readonly #chats = new Map<string, MessageView[]>();
  readonly #deleted = new Map<string, MessageView>();
  readonly #random: () => number;
  readonly #now: () => number;
  #lastOrder = 0;

  constructor(options: { random: () => number; now: () => number }) {
    this.#random = options.random;
    this.#now = options.now;
  }

  append(message: NewMessage): MessageView {
    const chat = this.#chat(message.friend);
    const { at, ...rest } = { custody: null, ...message };
    const time = at ?? this.#now();
    const order = ++this.#lastOrder;
    const full = { ...rest, id: randomHex(this.#random, 32), order, sentAt: time, storedAt: time };
    chat.push(full);
    return full;
  }

  list(args: CheckedArgs<'messages.list'>): MessageView[] {
    const chat = this.#chat(args.friend);
    const limit = args.limit ?? DEFAULT_LIMIT;
    if (args.before !== undefined) {
      const end = this.#indexOf(chat, args.before);
      return chat.slice(Math.max(0, end - limit), end);
    }
    if (args.after !== undefined) {
      const { after } = args;
      const start = typeof after === 'number' ? after : chat[this.#indexOf(chat, after)]!.order;
      return chat.filter(({ order }) => order > start).slice(0, limit);
    }
    const unread = args.around === 'unread' ? chat.findIndex(({ state }) => state === 'received') : -1;
    if (args.around !== undefined && (args.around !== 'unread' || unread >= 0)) {
      const middle = unread >= 0 ? unread : this.#indexOf(chat, args.around);
      const start = Math.max(0, middle - Math.floor(limit / 2));
      return chat.slice(start, start + limit);
    }
    return chat.slice(-limit);
  }

  search(args: CheckedArgs<'messages.search'>): SearchHit[] {
    const found = this.found(args);
    const limit = args.limit ?? DEFAULT_LIMIT;
    const page = args.after === undefined ? found.slice(0, limit) : found.slice(-limit);
    return page.map((message) => ({ message, snippet: snippet(message.text, args.query.toLowerCase()) }));
  }

  /** Newest first. By time, as a person sees them: scenes make one chat after the other. */
  found(args: CheckedArgs<'messages.countHits'>): MessageView[] {
    const wanted = args.query.toLowerCase();
    const all = args.friend === undefined ? [...this.#chats.values()].flat() : [...this.#chat(args.friend)];
    const newestFirst = all.sort((a, b) => b.storedAt - a.storedAt || b.order - a.order);
    const there = (cursor: number | string) => newestFirst.some(({ order, id }) => order === cursor || id === cursor);
    // As with the core, an order names a place also where its message is gone.
    const placeOf = (cursor: number | string) => {
      const below = newestFirst.findIndex(({ order }) => typeof cursor === 'number' && order < cursor);
      if (typeof cursor === 'number' && !there(cursor)) return below < 0 ? newestFirst.length : below;
      return this.#indexOf(newestFirst, cursor);
    };
    const { before, after } = args;
    const from = before === undefined ? 0 : placeOf(before) + (there(before) ? 1 : 0);
    const to = after === undefined ? newestFirst.length : placeOf(after);
    return newestFirst.slice(from, to).filter((message) => message.text.toLowerCase().includes(wanted));
  }

  hitPlaces({ id, query }: CheckedArgs<'messages.hitPlaces'>): { start: number; end: number }[] {
    const { chat, index } = this.#find(id);
    const [text, wanted] = [chat[index]!.text.toLowerCase(), query.toLowerCase()];
    const places = [];
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
      places.push({ start: at, end: at + wanted.length });
    }
    return places;
  }

  update(id: string, change: Partial<MessageView>): MessageView {
    const { chat, index } = this.#find(id);
    const message = { ...chat[index]!, ...change };
    chat[index] = message;
    return message;
  }

  /** @throws {ApiError} `unknown-message` unless it is one that did not arrive. */
  resend(id: string): MessageView {
    const { chat, index } = this.#find(id);
    const { state } = chat[index]!;
    if (state !== 'failed' && state !== 'expired') throw unknownMessage();
    return this.update(id, { state: 'sending', custody: null });
  }

  remove(id: string): MessageView {
    const { chat, index } = this.#find(id);
    return chat.splice(index, 1)[0]!;
  }

  /** Removes it, to be put back by `restore`. */
  hide(id: string): MessageView {
    const message = this.remove(id);
    this.#deleted.set(id, message.state === 'received' ? { ...message, state: 'read' } : message);
    return message;
  }

  /** What `restore` would put back, latest first. */
  hidden(): MessageView[] {
    return [...this.#deleted.values()].reverse();
  }

  /** @throws {ApiError} `nothing-to-undo` */
  restore(id: string): MessageView {
    const message = this.#deleted.get(id);
    if (message === undefined) throw new ApiError('nothing-to-undo', 'There is nothing to undo.');
    this.#deleted.delete(id);
    const chat = this.#chat(message.friend);
    const index = chat.findIndex(({ order }) => order > message.order);
    chat.splice(index < 0 ? chat.length : index, 0, message);
    return message;
  }

  markRead(friend: string, upTo: string): MessageView[] {
    const chat = this.#chat(friend);
    const end = this.#indexOf(chat, upTo);
    const unread = chat.slice(0, end + 1).filter((message) => message.state === 'received');
    return unread.map((message) => this.update(message.id, { state: 'read' }));
  }

  unread(friend: string): number {
    return this.#chat(friend).filter((message) => message.state === 'received').length;
  }

  last(friend: string): MessageView | null {
    return this.#chat(friend).at(-1) ?? null;
  }

  /** Takes a whole chat out, to be put back by `put`. */
  take(friend: string): MessageView[] {
    const chat = this.#chat(friend);
    this.#chats.delete(friend);
    return chat;
  }

  put(friend: string, messages: MessageView[]): void {
    this.#chats.set(friend, messages);
  }

  #chat(friend: string): MessageView[] {
    const chat = this.#chats.get(friend) ?? [];
    this.#chats.set(friend, chat);
    return chat;
  }

  #indexOf(chat: readonly MessageView[], cursor: number | string): number {
    const index = chat.findIndex((message) => message.order === cursor || message.id === cursor);
    if (index < 0) throw unknownMessage();
    return index;
  }

  #find(id: string): { chat: MessageView[]; index: number } {
    for (const chat of this.#chats.values()) {
      const index = chat.findIndex((message) => message.id === id);
      if (index >= 0) return { chat, index };
    }
    throw unknownMessage();
  }
}

function unknownMessage(): ApiError {
  return new ApiError('unknown-message', 'There is no such message.');
}

function snippet(text: string, wanted: string): SearchHit['snippet'] {
  const at = text.toLowerCase().indexOf(wanted);
  const start = Math.max(0, at - 24);
  const pieces = [
    { text: (start > 0 ? '…' : '') + text.slice(start, at), match: false },
    { text: text.slice(at, at + wanted.length), match: true },
    { text: text.slice(at + wanted.length, at + wanted.length + 80), match: false },
  ];
  return pieces.filter((piece) => piece.text !== '');
}
