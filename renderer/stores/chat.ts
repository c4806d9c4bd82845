import { createStore, type StoreApi } from 'zustand/vanilla';
import type { EventPayload } from '../../core/api/contract.ts';
import type { MessageView, UndoableMessage } from '../../core/api/views.ts';
import type { ParleyClient } from '../api/client.ts';
import type { Failure } from '../api/transport.ts';
import type { TextPlace } from '../lib/hit-places.ts';
import {
  appendPage,
  aroundWindow,
  EMPTY_WINDOW,
  type MessageWindow,
  mergeMessages,
  newestWindow,
  PAGE_SIZE,
  prependPage,
} from '../lib/message-window.ts';
import { createOnce } from '../lib/once.ts';
import type { UiStore } from './ui.ts';

/** What was seen is told to the core at most this often. */
export const MARK_READ_PAUSE_MS = 120;
/** The core's upper bound on one page. */
export const MAX_PAGE = 500;

/** Where a freshly opened window stands. */
export type Anchor =
  | { readonly kind: 'end' }
  | { readonly kind: 'unread'; readonly id: string }
  | { readonly kind: 'message'; readonly id: string }
  | ({ readonly kind: 'place' } & Place);

/** Where a chat was left: a message, and how far below the upper edge of the view it stood. */
export interface Place {
  readonly id: string;
  readonly offsetPx: number;
}

/**
 * `unread` has the first page reach back to the first unread message, `around` starts at a message, at these places in it
 * where it is longer than the view, `atEnd` passes over the divider of unread ones.
 */
export interface OpenOptions {
  readonly unread?: number;
  readonly around?: string;
  readonly places?: readonly TextPlace[];
  /** What was searched for, where there may be more of it in the message than `places`. */
  readonly query?: string;
  readonly atEnd?: boolean;
}

export interface ChatState {
  /** The open chat's friend, or null. */
  readonly key: string | null;
  readonly status: 'idle' | 'loading' | 'ready' | 'failed';
  readonly error: Failure | null;
  readonly window: MessageWindow;
  /** Grows when the window is another piece of history: the list then starts anew at `anchor`. */
  readonly epoch: number;
  readonly anchor: Anchor;
  /** The divider of unread messages stands above this one. */
  readonly firstUnread: string | null;
  /** A message found by search. */
  readonly highlight: string | null;
  /** What was found in it, and is to be seen. */
  readonly hits: readonly TextPlace[];
  /** All of what was searched for in it, to be marked; null until that is known, or where `hits` are all. */
  readonly marks: readonly TextPlace[] | null;
  /** Long messages of this chat that are shown whole. */
  readonly unfolded: ReadonlySet<string>;
  /** Counts the messages written in this window: with each one the list goes to its end. */
  readonly sent: number;
  /** What can be brought back in all chats, wherever it was deleted; the one that was deleted last comes first. */
  readonly deleted: readonly UndoableMessage[];
  open(key: string, options?: OpenOptions): Promise<void>;
  close(): void;
  /** Highlights a message of the window that is loaded, with these places in it; null highlights none. */
  mark(id: string | null, found?: Pick<OpenOptions, 'places' | 'query'>): void;
  /** Forgets everything, e.g. when the profile is locked. */
  reset(): void;
  /** Says where the person leaves a chat, to be found again when it is opened; null is its end. */
  leave(key: string, place: Place | null): void;
  /** Brings the open chat up to date without moving it, e.g. after a reconnection. */
  reload(): Promise<void>;
  loadDeleted(): Promise<void>;
  loadOlder(): Promise<void>;
  loadNewer(): Promise<void>;
  jumpToNewest(): Promise<void>;
  /** True when the core has taken the message. */
  send(text: string): Promise<boolean>;
  /** Sends a message that did not arrive once more. */
  resend(message: MessageView): Promise<void>;
  /** Takes a message back that is not on its way; a toast offers to send it after all. */
  cancel(message: MessageView): Promise<void>;
  /** Deletes a message on this computer; a toast offers to undo it, and then the menu of the chat. */
  remove(message: MessageView): Promise<void>;
  /** Brings a deleted message back, and says whether it is. */
  undoRemove(message: Pick<UndoableMessage, 'friend' | 'id'>): Promise<boolean>;
  /** Shows a long message whole, or its beginning again. */
  fold(id: string, folded: boolean): void;
  /** Puts the divider of unread messages above this one. */
  divide(id: string): void;
  /** The person has this message before their eyes. */
  seen(message: MessageView): void;
  received(payload: EventPayload<'messages.received'>): void;
  changed(payload: EventPayload<'messages.changed'>): void;
}

export type ChatStore = StoreApi<ChatState>;
type SetState = (state: Partial<ChatState>) => void;
interface Parts {
  readonly client: ParleyClient;
  readonly ui: UiStore;
  readonly set: SetState;
  readonly get: () => ChatState;
  /** By friend; only chats that were not left at their end. */
  readonly places: Map<string, Place>;
}

const CLOSED = {
  key: null,
  status: 'idle',
  error: null,
  window: EMPTY_WINDOW,
  anchor: { kind: 'end' },
  firstUnread: null,
  highlight: null,
  hits: [],
  marks: null,
  unfolded: new Set<string>(),
} as const;

export function createChatStore(client: ParleyClient, ui: UiStore): ChatStore {
  return createStore<ChatState>((set, get) => {
    const places = new Map<string, Place>();
    const parts: Parts = { client, ui, set, get, places };
    const paging = createPaging(parts);
    const once = createOnce();
    const { during } = ui.getState();
    return {
      ...CLOSED,
      epoch: 0,
      sent: 0,
      deleted: [],
      open: (key, options) => open(parts, key, options ?? {}),
      close: () => set({ ...CLOSED, epoch: get().epoch + 1 }),
      mark: (highlight, { places: hits = [], query } = {}) => {
        if (highlight === get().highlight && highlight === null) return;
        set({ highlight, hits, marks: null, ...unfoldFor(get(), highlight) });
        void markAll(parts, query);
      },
      reset: () => {
        places.clear();
        set({ ...CLOSED, epoch: get().epoch + 1, deleted: [] });
      },
      leave: (key, place) => {
        if (place === null) places.delete(key);
        else places.set(key, place);
      },
      reload: () => reload(parts),
      loadDeleted: async () => {
        const outcome = await client.request('messages.listDeleted', {});
        if (outcome.ok) set({ deleted: outcome.value });
      },
      ...paging,
      jumpToNewest: async () => {
        const { key } = get();
        if (key !== null) await open(parts, key, { atEnd: true });
      },
      send: (text) => send(parts, text),
      resend: (message) => once(`resend ${message.id}`, () => during('Sending again…', resend(parts, message))),
      cancel: (message) => once(`cancel ${message.id}`, () => during('Cancelling…', cancel(parts, message))),
      remove: (message) => once(`remove ${message.id}`, () => during('Deleting the message…', remove(parts, message))),
      undoRemove: (message) =>
        once(`undo ${message.id}`, () => during('Bringing the message back…', undoRemove(parts, message))),
      fold: (id, folded) => {
        const { unfolded } = get();
        set({ unfolded: folded ? new Set([...unfolded].filter((other) => other !== id)) : new Set(unfolded).add(id) });
      },
      divide: (firstUnread) => set({ firstUnread }),
      seen: createReadMarker(parts),
      received: ({ friend, messages }) => receive(parts, friend, messages),
      changed: ({ friend, messages, removed }) => {
        if (friend === get().key) set({ window: mergeMessages(get().window, messages, removed) });
        const back = get().deleted.some((deleted) => messages.some(({ id }) => id === deleted.id));
        if (back || removed.length > 0) void get().loadDeleted();
      },
    };
  });
}

async function open(parts: Parts, key: string, options: OpenOptions): Promise<void> {
  const { client, set, get } = parts;
  const sameChat = get().key === key;
  set(sameChat ? { highlight: null } : { ...CLOSED, key, status: 'loading', epoch: get().epoch + 1 });
  const { around } = options;
  const place = sameChat ? undefined : placeOf(parts, key, options);
  const upToUnread = (options.unread ?? 0) + PAGE_SIZE / 2;
  // A page that does not reach back to the first unread one would pass over all before it, as if they had been seen.
  const from = around ?? place?.id ?? (upToUnread > MAX_PAGE ? 'unread' : undefined);
  const limit = from === undefined ? Math.max(PAGE_SIZE, upToUnread) : PAGE_SIZE;
  const outcome = await client.request('messages.list', { friend: key, limit, ...(from && { around: from }) });
  if (get().key !== key) return;
  // The message at which the chat was left may be gone.
  if (!outcome.ok && place !== undefined) return open(parts, key, options);
  if (!outcome.ok) return set({ status: 'failed', error: outcome.error });
  const window = from ? aroundWindow(outcome.value) : newestWindow(outcome.value, limit);
  const unread =
    around || place ? undefined : window.rows.find((row) => row.direction === 'in' && row.state === 'received')?.id;
  set({
    status: 'ready',
    error: null,
    window,
    epoch: get().epoch + 1,
    anchor: anchorOf(options, place, unread),
    firstUnread: around ? get().firstUnread : (unread ?? null),
    highlight: around ?? null,
    hits: options.places ?? [],
    marks: null,
    ...unfoldFor(get(), around ?? null),
  });
  await markAll(parts, options.query);
}

/** Finds the rest of what is to be marked in the message that is highlighted now. */
async function markAll({ client, set, get }: Parts, query: string | undefined): Promise<void> {
  const { key, highlight, hits } = get();
  if (query === undefined || key === null || highlight === null) return;
  const outcome = await client.request('messages.hitPlaces', { friend: key, id: highlight, query });
  // Without an answer those of the list stay marked.
  if (outcome.ok && get().highlight === highlight && get().hits === hits) set({ marks: outcome.value.places });
}

/** What was searched for may stand in the part that is folded away. */
function unfoldFor({ unfolded }: ChatState, id: string | null): Partial<ChatState> {
  return id === null ? {} : { unfolded: new Set(unfolded).add(id) };
}

/** Where the chat was left, unless something else is to be seen in it. */
function placeOf({ places }: Parts, key: string, { around, atEnd, unread = 0 }: OpenOptions): Place | undefined {
  const place = places.get(key);
  places.delete(key);
  return around === undefined && !atEnd && unread === 0 ? place : undefined;
}

async function reload(parts: Parts): Promise<void> {
  const { key, status, window } = parts.get();
  if (key === null) return;
  if (status !== 'ready') return open(parts, key, {});
  const limit = Math.min(MAX_PAGE, window.rows.length + PAGE_SIZE);
  const [first, last] = [window.rows[0]?.order ?? 0, window.rows[window.rows.length - 1]?.order ?? 0];
  const present: MessageView[] = [];
  let more = true;
  while (more) {
    const after = present[present.length - 1]?.order ?? first - 1;
    if (after >= last && present.length > 0) break;
    const outcome = await parts.client.request('messages.list', { friend: key, limit, after });
    if (parts.get().key !== key || !outcome.ok) return;
    present.push(...outcome.value);
    more = outcome.value.length === limit;
  }
  if (more && window.atEnd) return open(parts, key, {});
  const there = new Set(present.map(({ id }) => id));
  const end = more ? present[present.length - 1]!.order : Number.POSITIVE_INFINITY;
  const removed = window.rows.filter(({ id, order }) => order <= end && !there.has(id)).map(({ id }) => id);
  parts.set({ window: mergeMessages(parts.get().window, present, removed) });
}

function anchorOf({ around, atEnd }: OpenOptions, place: Place | undefined, unread: string | undefined): Anchor {
  if (place !== undefined) return { kind: 'place', ...place };
  if (atEnd) return { kind: 'end' };
  if (around !== undefined) return { kind: 'message', id: around };
  return unread === undefined ? { kind: 'end' } : { kind: 'unread', id: unread };
}

/** Loads pages at both ends, one request at a time each; an answer for a window that is gone is dropped. */
function createPaging({ client, ui, set, get }: Parts): Pick<ChatState, 'loadOlder' | 'loadNewer'> {
  const busy = { older: false, newer: false };
  const load = async (side: 'older' | 'newer'): Promise<void> => {
    const { key, window, epoch } = get();
    const edge = side === 'older' ? window.rows[0] : window.rows[window.rows.length - 1];
    const complete = side === 'older' ? window.atStart : window.atEnd;
    if (key === null || edge === undefined || complete || busy[side]) return;
    busy[side] = true;
    const cursor = side === 'older' ? { before: edge.order } : { after: edge.order };
    const outcome = await client.request('messages.list', { friend: key, limit: PAGE_SIZE, ...cursor });
    busy[side] = false;
    if (get().epoch !== epoch) return;
    if (!outcome.ok) return ui.getState().fail(outcome.error);
    const next = (side === 'older' ? prependPage : appendPage)(get().window, outcome.value, PAGE_SIZE);
    set({ window: next });
  };
  return { loadOlder: () => load('older'), loadNewer: () => load('newer') };
}

async function send({ client, ui, set, get }: Parts, text: string): Promise<boolean> {
  const { key } = get();
  if (key === null) return false;
  const outcome = await client.request('messages.send', { friend: key, text });
  if (!outcome.ok) {
    ui.getState().fail(outcome.error);
    // It is in the chat all the same, and must not come back to be sent twice.
    if (outcome.error.code !== 'not-flushed') return false;
  }
  // The person may have gone to another chat meanwhile, which stays as it is.
  if (get().key !== key) return true;
  set({ firstUnread: null, sent: get().sent + 1 });
  if (!get().window.atEnd) await get().jumpToNewest();
  return true;
}

async function resend({ client, ui }: Parts, message: MessageView): Promise<void> {
  const outcome = await client.request('messages.resend', { id: message.id });
  if (!outcome.ok) ui.getState().fail(outcome.error);
}

async function cancel({ client, ui }: Parts, { id, friend, text }: MessageView): Promise<void> {
  const outcome = await client.request('messages.cancel', { id });
  if (!outcome.ok) return ui.getState().fail(outcome.error);
  const undo = async () => {
    const again = await client.request('messages.send', { friend, text });
    if (!again.ok) ui.getState().fail(again.error);
  };
  const action = { label: 'Undo', run: () => void undo() };
  ui.getState().toast({ text: 'Cancelled. It is not sent.', tone: 'info', action, friend });
}

const REMOVED = {
  deleted: 'Deleted on this computer.',
  withdrawn: 'Deleted. It is not sent.',
  'on-its-way': 'Deleted on this computer. It is on its way and arrives all the same.',
} as const;

async function remove({ client, ui, get }: Parts, { friend, id }: MessageView): Promise<void> {
  const outcome = await client.request('messages.delete', { friend, id });
  if (!outcome.ok) return ui.getState().fail(outcome.error);
  const action = { label: 'Undo', run: () => void get().undoRemove({ friend, id }) };
  ui.getState().toast({ text: REMOVED[outcome.value.outcome], tone: 'info', action, friend });
}

async function undoRemove(
  { client, ui, get }: Parts,
  { friend, id }: { friend: string; id: string },
): Promise<boolean> {
  const undone = await client.request('messages.undoDelete', { friend, id });
  if (undone.ok) ui.getState().announce('The message is back.');
  else ui.getState().fail(undone.error);
  await get().loadDeleted();
  return undone.ok;
}

function receive({ set, get }: Parts, friend: string, messages: readonly MessageView[]): void {
  const { key, window } = get();
  if (friend !== key) return;
  set({ window: mergeMessages(window, messages) });
}

/**
 * Collects what was seen and reports the furthest message of each chat, without flooding the core: whoever steps through
 * chats has seen several in one pause.
 */
function createReadMarker({ client, get }: Parts): (message: MessageView) => void {
  const furthest = new Map<string, MessageView>();
  const report = (): void => {
    for (const [friend, { id }] of furthest) void client.request('messages.markRead', { friend, upTo: id });
    furthest.clear();
  };
  return (message) => {
    const { friend, order } = message;
    if (friend !== get().key) return;
    if (furthest.size === 0) setTimeout(report, MARK_READ_PAUSE_MS);
    if ((furthest.get(friend)?.order ?? 0) < order) furthest.set(friend, message);
  };
}
