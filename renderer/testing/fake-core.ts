import type { CheckedArgs, EventName, EventPayload, Handlers, Result } from '../../core/api/contract.ts';
import { ApiError } from '../../core/api/errors.ts';
import type {
  CallEntry,
  Custody,
  FriendView,
  MessageState,
  MessageView,
  RemovedFriend,
  RequestView,
} from '../../core/api/views.ts';
import { toHex } from '../../core/ids/bytes.ts';
import { parsePublicId } from '../../core/ids/public-id.ts';
import { isVisible } from '../../core/ids/visible.ts';
import { FakeCalls } from './fake-calls.ts';
import { makeFriend, makeNetwork, publicIdOf, randomHex, seededRandom } from './fake-data.ts';
import { FakeHistory } from './fake-history.ts';
import { FakeProfile } from './fake-profile.ts';

/** What was deleted or removed can be brought back this long. */
const UNDO_MS = 10 * 60_000;

export type Emit = <E extends EventName>(name: E, payload: EventPayload<E>) => void;

/**
 * A core in the page, with everything in memory and nobody on the other side: what the other side would do is done by
 * the methods that are no handlers. For tests and for looking at the UI.
 */
export class FakeCore {
  readonly friends = new Map<string, FriendView>();
  readonly requests = new Map<string, RequestView>();
  readonly history: FakeHistory;
  readonly profile: FakeProfile;
  readonly calls: FakeCalls;
  readonly network;
  /** Time to answer, like the key derivation of a real core. */
  slowMs = 0;
  /** What was asked about typing and reading, for tests. */
  readonly told: { method: string; args: unknown }[] = [];
  readonly #emit: Emit;
  readonly #now: () => number;
  readonly #random: () => number;
  #ignored: RequestView | undefined;
  readonly #blockedRequests = new Map<string, RequestView>();
  #removed: { friend: FriendView; messages: MessageView[] } | undefined;

  constructor(options: { emit: Emit; now?: () => number; seed?: number }) {
    this.#emit = options.emit;
    this.#now = options.now ?? Date.now;
    this.#random = seededRandom(options.seed ?? 1);
    this.network = makeNetwork(this.#random);
    this.history = new FakeHistory({ random: this.#random, now: this.#now });
    this.profile = new FakeProfile({ emit: this.#emit, random: this.#random });
    this.calls = new FakeCalls({
      emit: this.#emit,
      now: this.#now,
      newId: () => randomHex(this.#random, 32),
      keyOf: (friend) => this.change(keyOf(friend), {}).key,
    });
  }

  handlers(): Handlers {
    return {
      ...this.profile.handlers((work) => this.#slowly(work)),
      'friends.list': () => this.#whenOpen([...this.friends.values()]),
      'friends.add': (args) => this.#add(args),
      'friends.requests': () => this.#whenOpen([...this.requests.values()]),
      'friends.accept': ({ publicId, alias }) => this.#accept(publicId, alias ?? ''),
      'friends.ignore': ({ publicId }) => {
        this.#ignored = this.requests.get(keyOf(publicId));
        return this.#dropRequest(keyOf(publicId));
      },
      'friends.undoIgnore': () => {
        const request = this.#ignored!;
        this.requests.set(request.key, request);
        this.#emit('friends.requested', { key: request.key, request });
        return {};
      },
      'friends.rename': ({ friend, alias }) => this.change(keyOf(friend), { alias }),
      'friends.block': ({ friend }) => this.#block(keyOf(friend)),
      'friends.unblock': ({ friend }) => {
        this.#unblock(keyOf(friend));
        return {};
      },
      'friends.remove': ({ friend }) => this.#remove(keyOf(friend)),
      'friends.listRemoved': () => this.#listRemoved(),
      'friends.undoRemove': () => this.#undoRemove(),
      'messages.send': ({ friend, text }) => this.#send(keyOf(friend), text),
      'messages.list': (args) => this.history.list({ ...args, friend: keyOf(args.friend) }),
      'messages.search': (args) => this.history.search(args),
      'messages.countHits': (args) => ({ count: this.history.found(args).length }),
      'messages.hitPlaces': (args) => ({ places: this.history.hitPlaces(args) }),
      'messages.markRead': (args) => this.#markRead(args),
      'messages.cancel': ({ id }) => this.#cancel(id),
      'messages.delete': ({ id }) => this.#delete(id),
      'messages.listDeleted': () =>
        this.history.hidden().map(({ friend, id }) => ({ friend, id, until: this.#now() + UNDO_MS })),
      'messages.undoDelete': ({ id }) => this.#undoDelete(id),
      'messages.resend': ({ id }) => {
        this.#tellMessage(this.history.resend(id));
        return { id };
      },
      'messages.setTyping': (args) => this.#note('messages.setTyping', args),
      'messages.setDraft': (args) => {
        this.#note('messages.setDraft', args);
        this.change(keyOf(args.friend), { draft: args.text });
        return {};
      },
      ...this.calls.handlers(),
      'network.status': () => this.network,
      'network.bootstrap': ({ address }) => this.#addBootstrap(address),
      'network.removeBootstrap': ({ address }) => {
        this.network.bootstrap = this.network.bootstrap.filter((node) => node.address !== address);
        return {};
      },
      'network.setCarrying': ({ bytes }) => {
        const { carried } = this.network;
        this.network.carried = { ...carried, bytes: Math.min(carried.bytes, bytes), capacity: bytes };
        return {};
      },
    };
  }

  /** Changes a friend and tells it. @throws {ApiError} `unknown-friend`. */
  change(key: string, change: Partial<FriendView>): FriendView {
    const before = this.friends.get(key);
    if (before === undefined) throw new ApiError('unknown-friend', 'There is no such friend.');
    const friend = { ...before, ...change };
    this.friends.set(key, friend);
    this.#emit('friends.changed', { key, removed: false, friend });
    return friend;
  }

  /** A friend who is already there, as if added long ago. */
  put(alias: string, change: Partial<FriendView> = {}): FriendView {
    const friend = makeFriend(randomHex(this.#random, 64), { alias, addedAt: this.#now(), ...change });
    this.friends.set(friend.key, friend);
    return friend;
  }

  /** The friend writes, or has called in vain. */
  receive(key: string, text: string, call?: CallEntry): MessageView {
    const message = this.history.append({
      friend: key,
      direction: 'in',
      text,
      state: 'received',
      ...(call && { call }),
    });
    this.#emit('messages.received', { friend: key, messages: [message] });
    this.change(key, { lastMessage: message, unread: (this.friends.get(key)?.unread ?? 0) + 1, typing: false });
    return message;
  }

  /** A sent message got further. */
  deliver(id: string, state: MessageState, custody: Custody | null = null): void {
    this.#tellMessage(this.history.update(id, { state, custody }));
  }

  /** Somebody asks to be a friend. */
  request(name: string, greeting: string): RequestView {
    const key = randomHex(this.#random, 64);
    const request = { key, publicId: publicIdOf(key, '00000000'), name, greeting, receivedAt: this.#now() };
    this.requests.set(key, request);
    this.#emit('friends.requested', { key, request });
    return request;
  }

  async #slowly<T>(work: () => T): Promise<T> {
    if (this.slowMs > 0) await new Promise((resolve) => setTimeout(resolve, this.slowMs));
    return work();
  }

  #tellMessage(message: MessageView): void {
    const { friend, id } = message;
    this.#emit('messages.changed', { friend, messages: [message], removed: [] });
    if (this.friends.get(friend)?.lastMessage?.id === id) this.change(friend, { lastMessage: message });
  }

  #note(method: string, args: unknown): object {
    this.told.push({ method, args });
    return {};
  }

  /** As the core does it: a closed profile shows nobody. */
  #whenOpen<T>(value: T): T {
    const { state } = this.profile;
    if (state === 'open') return value;
    throw new ApiError(state === 'locked' ? 'profile-locked' : 'no-profile', 'The profile is not open.');
  }

  #add({ publicId, alias, greeting }: CheckedArgs<'friends.add'>): FriendView {
    const parsed = parsePublicId(publicId);
    if (!parsed.ok) {
      throw new ApiError('bad-public-id', parsed.message, { reason: parsed.reason, positions: parsed.positions });
    }
    const key = toHex(parsed.value.key);
    if (key === this.profile.key) throw new ApiError('own-public-id', 'This is your own public ID.');
    if (this.friends.has(key)) throw new ApiError('already-friend', 'This person is already in your list.');
    this.#note('friends.add', { greeting });
    const friend = makeFriend(key, {
      alias: alias ?? '',
      state: 'requested',
      publicId: parsed.value.text,
      addedAt: this.#now(),
    });
    this.friends.set(key, friend);
    return this.change(key, {});
  }

  #accept(publicId: string, alias: string): FriendView {
    const key = keyOf(publicId);
    const request = this.requests.get(key);
    if (request === undefined) throw new ApiError('unknown-request', 'There is no such request.');
    this.#dropRequest(key);
    this.friends.set(key, makeFriend(key, { alias, name: request.name, presence: 'online', addedAt: this.#now() }));
    return this.change(key, {});
  }

  #dropRequest(key: string): object {
    this.requests.delete(key);
    this.#emit('friends.requested', { key, request: null });
    return {};
  }

  #block(key: string): object {
    const request = this.requests.get(key);
    if (request !== undefined) {
      this.#blockedRequests.set(key, request);
      this.#dropRequest(key);
      this.friends.set(key, makeFriend(key, { name: request.name }));
    }
    this.change(key, { state: 'blocked', presence: 'offline' });
    return {};
  }

  #unblock(key: string): void {
    const request = this.#blockedRequests.get(key);
    if (request === undefined) return void this.change(key, { state: 'friend' });
    this.#blockedRequests.delete(key);
    this.friends.delete(key);
    this.#emit('friends.changed', { key, removed: true, friend: null });
    this.requests.set(key, request);
    this.#emit('friends.requested', { key, request });
  }

  #remove(key: string): object {
    const friend = this.friends.get(key);
    if (friend === undefined) throw new ApiError('unknown-friend', 'There is no such friend.');
    this.#removed = { friend, messages: this.history.take(key) };
    this.friends.delete(key);
    this.#emit('friends.changed', { key, removed: true, friend: null });
    return {};
  }

  #listRemoved(): RemovedFriend[] {
    if (this.#removed === undefined) return [];
    const { key, alias, name } = this.#removed.friend;
    return [{ key, alias, name, until: this.#now() + UNDO_MS }];
  }

  #undoRemove(): FriendView {
    if (this.#removed === undefined) throw new ApiError('nothing-to-undo', 'There is nothing to undo.');
    const { friend, messages } = this.#removed;
    this.#removed = undefined;
    this.history.put(friend.key, messages);
    this.friends.set(friend.key, friend);
    return this.change(friend.key, {});
  }

  #send(key: string, text: string): Result<'messages.send'> {
    if (!isVisible(text)) throw new ApiError('empty-message', 'There is nothing to send.');
    const message = this.history.append({ friend: key, direction: 'out', text, state: 'sending' });
    this.#emit('messages.changed', { friend: key, messages: [message], removed: [] });
    this.change(key, { lastMessage: message });
    return { id: message.id };
  }

  #markRead(args: CheckedArgs<'messages.markRead'>): object {
    this.#note('messages.markRead', args);
    const key = keyOf(args.friend);
    const read = this.history.markRead(key, args.upTo);
    if (read.length > 0) this.#emit('messages.changed', { friend: key, messages: read, removed: [] });
    this.change(key, { unread: this.history.unread(key) });
    return {};
  }

  #cancel(id: string): object {
    const message = this.history.remove(id);
    this.#emit('messages.changed', { friend: message.friend, messages: [], removed: [id] });
    this.change(message.friend, { lastMessage: this.history.last(message.friend) });
    return {};
  }

  #delete(id: string): Result<'messages.delete'> {
    const { state, friend } = this.history.hide(id);
    this.#emit('messages.changed', { friend, messages: [], removed: [id] });
    this.change(friend, { lastMessage: this.history.last(friend), unread: this.history.unread(friend) });
    const until = this.#now() + UNDO_MS;
    if (state === 'stored') return { outcome: 'on-its-way', until };
    return { outcome: state === 'sending' ? 'withdrawn' : 'deleted', until };
  }

  #undoDelete(id: string): object {
    const message = this.history.restore(id);
    const { friend } = message;
    this.#emit('messages.changed', { friend, messages: [message], removed: [] });
    this.change(friend, { lastMessage: this.history.last(friend) });
    return {};
  }

  #addBootstrap(address: string): object {
    if (!/^[^/]+:\d+\/[0-9a-f]{64}$/u.test(address)) {
      throw new ApiError('bad-address', 'This is no bootstrap address: it must be HOST:PORT/PUBLICKEY.');
    }
    this.network.bootstrap = [...this.network.bootstrap, { address, state: 'answered', builtIn: false }];
    return {};
  }
}

/** The key part of a friend's public ID, or the key itself. */
function keyOf(friend: string): string {
  const parsed = parsePublicId(friend);
  return parsed.ok ? toHex(parsed.value.key) : friend;
}
