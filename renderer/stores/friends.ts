import { createStore, type StoreApi } from 'zustand/vanilla';
import type { EventPayload } from '../../core/api/contract.ts';
import type { FriendView, RequestView } from '../../core/api/views.ts';
import type { ParleyClient } from '../api/client.ts';
import type { Failure, Outcome } from '../api/transport.ts';
import { createOnce } from '../lib/once.ts';
import { displayName } from '../lib/safe-text.ts';
import type { UiStore } from './ui.ts';

export interface FriendsState {
  readonly friends: ReadonlyMap<string, FriendView>;
  readonly requests: ReadonlyMap<string, RequestView>;
  readonly status: 'loading' | 'ready' | 'failed';
  readonly error: Failure | null;
  /** @returns whether they are there now. Without an open profile nothing changes. */
  load(): Promise<boolean>;
  friendChanged(payload: EventPayload<'friends.changed'>): void;
  requestChanged(payload: EventPayload<'friends.requested'>): void;
  add(args: { publicId: string; alias: string; greeting: string }): Promise<Outcome<FriendView>>;
  accept(args: { key: string; alias: string }): Promise<Outcome<FriendView>>;
  /** Puts a request aside; a toast offers to undo it. */
  ignore(key: string, name: string): Promise<void>;
  rename(key: string, alias: string): Promise<Outcome<FriendView>>;
  /** Everything the friend wrote so far counts as seen. */
  markRead(key: string): Promise<void>;
  /** Blocks a friend or somebody who asks; a toast offers to undo it. */
  block(key: string, name: string): Promise<void>;
  unblock(key: string): Promise<void>;
  /** Removes friend and chat; a toast offers to undo it. */
  remove(key: string): Promise<void>;
  /** Brings back who was removed within the last ten minutes, and shows the chat. */
  undoRemove(key: string): Promise<void>;
  reset(): void;
}

export type FriendsStore = StoreApi<FriendsState>;

const EMPTY = { friends: new Map(), requests: new Map(), status: 'loading', error: null } as const;

export function createFriendsStore(client: ParleyClient, ui: UiStore): FriendsStore {
  const once = createOnce();
  const { during } = ui.getState();
  return createStore<FriendsState>((set, get) => ({
    ...EMPTY,
    load: () => load(client, set),
    friendChanged: ({ key, removed, friend }) => {
      set({ friends: withEntry(get().friends, key, removed ? null : friend) });
      if (removed) ui.getState().dismissOf(key);
    },
    requestChanged: ({ key, request }) => set({ requests: withEntry(get().requests, key, request) }),
    add: async (args) => keep(set, get, await client.request('friends.add', args)),
    accept: async ({ key, alias }) => {
      const outcome = await client.request('friends.accept', { publicId: key, alias });
      if (outcome.ok) set({ requests: withEntry(get().requests, key, null) });
      return keep(set, get, outcome);
    },
    ignore: (key, name) =>
      once(`ignore ${key}`, () => during(`Ignoring the request of ${name}…`, ignore({ client, ui, get }, key, name))),
    rename: async (key, alias) => keep(set, get, await client.request('friends.rename', { friend: key, alias })),
    markRead: async (key) => {
      const last = get().friends.get(key)?.lastMessage;
      if (!last) return;
      const outcome = await during(
        'Marking as read…',
        client.request('messages.markRead', { friend: key, upTo: last.id }),
      );
      if (!outcome.ok) ui.getState().fail(outcome.error);
    },
    block: (key, name) =>
      once(`block ${key}`, () => during(`Blocking ${name}…`, block({ client, ui, get }, key, name))),
    unblock: (key) =>
      once(`unblock ${key}`, async () => {
        const outcome = await during('Unblocking…', client.request('friends.unblock', { friend: key }));
        if (!outcome.ok) ui.getState().fail(outcome.error);
      }),
    remove: (key) => once(`remove ${key}`, () => during('Removing the friend…', remove({ client, ui, get }, key))),
    undoRemove: (key) =>
      once(`undo ${key}`, () => during('Bringing the friend back…', undoRemove({ client, ui, get }, key))),
    reset: () => set(EMPTY),
  }));
}

async function load(client: ParleyClient, set: (state: Partial<FriendsState>) => void): Promise<boolean> {
  const [friends, requests] = await Promise.all([
    client.request('friends.list', {}),
    client.request('friends.requests', {}),
  ]);
  if (isClosed(friends) || isClosed(requests)) return false;
  if (friends.ok && requests.ok) {
    set({ friends: byKey(friends.value), requests: byKey(requests.value), status: 'ready', error: null });
    return true;
  }
  const failed = friends.ok ? requests : friends;
  if (!failed.ok) set({ status: 'failed', error: failed.error });
  return false;
}

/** There is no open profile: nothing to show, and nothing wrong. */
function isClosed(outcome: Outcome<unknown>): boolean {
  return !outcome.ok && (outcome.error.code === 'profile-locked' || outcome.error.code === 'no-profile');
}

interface Actor {
  readonly client: ParleyClient;
  readonly ui: UiStore;
  readonly get: () => FriendsState;
}

async function ignore({ client, ui, get }: Actor, key: string, name: string): Promise<void> {
  const outcome = await client.request('friends.ignore', { publicId: key });
  if (!outcome.ok) return ui.getState().fail(outcome.error);
  get().requestChanged({ key, request: null });
  const undo = async () => {
    const asked = client.request('friends.undoIgnore', { publicId: key });
    const undone = await ui.getState().during('Bringing the request back…', asked);
    if (!undone.ok) ui.getState().fail(undone.error);
  };
  const action = { label: 'Undo', run: () => void undo() };
  ui.getState().toast({ text: `The request of ${name} is ignored. They are not told.`, tone: 'info', action });
}

async function block({ client, ui, get }: Actor, key: string, name: string): Promise<void> {
  const { view } = ui.getState();
  const outcome = await client.request('friends.block', { friend: key });
  if (!outcome.ok) return ui.getState().fail(outcome.error);
  leaveChat(ui, key);
  const undo = async () => {
    const before = ui.getState().view;
    await get().unblock(key);
    if (ui.getState().view !== before) return;
    if (view.kind === 'chat' && view.key === key) ui.getState().show(view);
  };
  const action = { label: 'Undo', run: () => void undo() };
  ui.getState().toast({ text: `${name} is blocked.`, tone: 'info', action, friend: key });
}

async function remove({ client, ui, get }: Actor, key: string): Promise<void> {
  const friend = get().friends.get(key);
  const outcome = await client.request('friends.remove', { friend: key });
  if (!outcome.ok) return ui.getState().fail(outcome.error);
  get().friendChanged({ key, removed: true, friend: null });
  leaveChat(ui, key);
  const name = friend ? displayName(friend) : 'The friend';
  const action = { label: 'Undo', run: () => void get().undoRemove(key) };
  const text = `${name} and the chat were removed. For ten minutes the settings bring them back.`;
  ui.getState().toast({ text, tone: 'info', action });
}

async function undoRemove({ client, ui, get }: Actor, key: string): Promise<void> {
  const { view } = ui.getState();
  const outcome = await client.request('friends.undoRemove', { friend: key });
  if (!outcome.ok) return ui.getState().fail(outcome.error);
  get().friendChanged({ key, removed: false, friend: outcome.value });
  if (ui.getState().view === view) ui.getState().show({ kind: 'chat', key });
}

function leaveChat(ui: UiStore, key: string): void {
  const { view, show } = ui.getState();
  if (view.kind === 'chat' && view.key === key) show({ kind: 'home' });
}

function keep(
  set: (state: Partial<FriendsState>) => void,
  get: () => FriendsState,
  outcome: Outcome<FriendView>,
): Outcome<FriendView> {
  if (outcome.ok) set({ friends: withEntry(get().friends, outcome.value.key, outcome.value) });
  return outcome;
}

function byKey<T extends { key: string }>(views: readonly T[]): Map<string, T> {
  return new Map(views.map((view) => [view.key, view]));
}

function withEntry<T>(map: ReadonlyMap<string, T>, key: string, value: T | null): ReadonlyMap<string, T> {
  const next = new Map(map);
  if (value === null) next.delete(key);
  else next.set(key, value);
  return next;
}

/** Friends to list, latest activity first; blocked people are left out. */
export function sortedFriends(friends: ReadonlyMap<string, FriendView>): FriendView[] {
  return [...friends.values()].filter((friend) => friend.state !== 'blocked').sort((a, b) => activity(b) - activity(a));
}

/** Whether the list has somebody to show. */
export function hasFriends(friends: ReadonlyMap<string, FriendView>): boolean {
  for (const friend of friends.values()) if (friend.state !== 'blocked') return true;
  return false;
}

/**
 * The chat below or above the one that is open, in list order; the first or the last when none is. With `unread`, the
 * nearest one with unread messages. Undefined at the end of the list.
 */
export function nextChat(
  friends: ReadonlyMap<string, FriendView>,
  { from, step, unread }: { from: string | null; step: 1 | -1; unread: boolean },
): FriendView | undefined {
  const list = sortedFriends(friends);
  if (step < 0) list.reverse();
  const at = list.findIndex(({ key }) => key === from);
  return list.slice(at + 1).find((friend) => !unread || friend.unread > 0);
}

/** Blocked people by name. */
export function blockedFriends(friends: ReadonlyMap<string, FriendView>): FriendView[] {
  return [...friends.values()]
    .filter((friend) => friend.state === 'blocked')
    .sort((a, b) => displayName(a).localeCompare(displayName(b)));
}

/** Friends whose alias or own name contains the text, in list order. */
export function matchingFriends(friends: readonly FriendView[], query: string): FriendView[] {
  const wanted = foldCase(query);
  return friends.filter((friend) => foldCase(`${friend.alias}\n${friend.name}`).includes(wanted));
}

/** Unread messages of all friends who are not blocked. */
export function unreadTotal(friends: ReadonlyMap<string, FriendView>): number {
  let total = 0;
  for (const friend of friends.values()) total += unreadOf(friend);
  return total;
}

/** Nothing of somebody who is blocked, or not there. */
export function unreadOf(friend: FriendView | undefined): number {
  return friend === undefined || friend.state === 'blocked' ? 0 : friend.unread;
}

function activity(friend: FriendView): number {
  return Math.max(friend.lastMessage?.storedAt ?? 0, friend.addedAt);
}

/** Case and accents do not matter to somebody who looks for a name. */
function foldCase(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLocaleLowerCase().trim();
}
