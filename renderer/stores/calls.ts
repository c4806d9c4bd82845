import { createStore, type StoreApi } from 'zustand/vanilla';
import type { CallView } from '../../core/api/views.ts';
import type { ParleyClient } from '../api/client.ts';
import { createOnce } from '../lib/once.ts';
import type { UiStore } from './ui.ts';

/** Why a call is told for a moment after its end. */
export interface EndedCall {
  readonly view: CallView;
  /** Tells two ends apart. */
  readonly count: number;
}

export interface CallsState {
  /** Those that are not over, oldest first. */
  readonly calls: ReadonlyMap<string, CallView>;
  /** The sound of these is here: this window called or answered. */
  readonly own: ReadonlySet<string>;
  /** The friend this window is just calling: what the core tells of it may come before its answer. */
  readonly starting: string | null;
  readonly lastEnded: EndedCall | null;
  /** The person came to the window for this call: its button to accept takes the focus. */
  readonly wanted: string | null;
  load(): Promise<void>;
  changed(view: CallView): void;
  /** Calls a friend; takes their call when they are calling already. */
  start(friend: string): Promise<void>;
  accept(call: string): Promise<void>;
  decline(call: string): Promise<void>;
  /** Hangs up, or takes back. */
  end(call: string): Promise<void>;
  setMuted(call: string, change: { muted?: boolean; deafened?: boolean }): Promise<void>;
  /** This window is to have the sound, or has lost it to another one. */
  take(call: string): void;
  lose(call: string): void;
  want(call: string): void;
  reset(): void;
}

export type CallsStore = StoreApi<CallsState>;

const NOT_CONNECTED = 'Nobody can be called while Parley is not connected.';

/** The call that was heard in this tab, so that it still is after the page was loaded anew. */
const KEY = 'parley.call';

/** `session` keeps what outlives a reload of the page. */
export function createCallsStore(
  client: ParleyClient,
  ui: UiStore,
  session?: Pick<Storage, 'getItem' | 'setItem'>,
): CallsStore {
  const once = createOnce();
  return createStore<CallsState>((set, get) => {
    const take = (call: string): void => {
      session?.setItem(KEY, call);
      set({ own: new Set([...get().own, call]) });
    };
    const act = async (method: 'calls.decline' | 'calls.end', call: string): Promise<void> => {
      const outcome = await client.request(method, { call });
      // One that ended meanwhile needs no words.
      if (!outcome.ok && outcome.error.code !== 'unknown-call') ui.getState().fail(outcome.error);
    };
    return {
      calls: new Map(),
      own: new Set([session?.getItem(KEY) ?? '']),
      starting: null,
      lastEnded: null,
      wanted: null,
      load: async () => {
        const outcome = await client.request('calls.list', {});
        if (outcome.ok) set({ calls: new Map(outcome.value.map((view) => [view.call, view])) });
      },
      changed: (view) => set(withCall(get(), view)),
      start: (friend) =>
        once(`start ${friend}`, async () => {
          // Else it would begin by itself seconds later, when the connection is back.
          if (ui.getState().coreLost) return ui.getState().toast({ text: NOT_CONNECTED, tone: 'error' });
          set({ starting: friend });
          const outcome = await client.request('calls.start', { friend });
          set({ starting: null });
          if (outcome.ok) take(outcome.value.call);
          else ui.getState().fail(outcome.error);
        }),
      accept: (call) =>
        once(`accept ${call}`, async () => {
          take(call);
          const outcome = await client.request('calls.accept', { call });
          if (outcome.ok) return;
          get().lose(call);
          ui.getState().fail(outcome.error);
        }),
      decline: (call) => once(`decline ${call}`, () => act('calls.decline', call)),
      end: (call) => once(`end ${call}`, () => act('calls.end', call)),
      setMuted: async (call, change) => {
        const outcome = await client.request('calls.setMuted', { call, ...change });
        if (!outcome.ok) ui.getState().fail(outcome.error);
      },
      take,
      lose: (call) => set({ own: new Set([...get().own].filter((one) => one !== call)) }),
      want: (call) => set({ wanted: call }),
      reset: () => set({ calls: new Map(), lastEnded: null, wanted: null }),
    };
  });
}

function withCall(state: CallsState, view: CallView): Partial<CallsState> {
  const calls = new Map(state.calls);
  if (view.state !== 'ended') {
    const mine = view.direction === 'out' && view.friend === state.starting && !state.own.has(view.call);
    const own = mine ? new Set([...state.own, view.call]) : state.own;
    return { calls: calls.set(view.call, view), own };
  }
  calls.delete(view.call);
  const { replacedBy } = view;
  // Both called at once: whoever called here hears the call that is left.
  if (replacedBy !== null) {
    const own = state.own.has(view.call) ? new Set([...state.own, replacedBy]) : state.own;
    return { calls, own };
  }
  return { calls, lastEnded: { view, count: (state.lastEnded?.count ?? 0) + 1 } };
}

/** The call one is in, or is making; there is at most one. */
export function currentCall({ calls }: Pick<CallsState, 'calls'>): CallView | undefined {
  return [...calls.values()].find(({ state }) => state !== 'ringing');
}

/** Friends who are calling. */
export function ringingCalls({ calls }: Pick<CallsState, 'calls'>): CallView[] {
  return [...calls.values()].filter(({ state }) => state === 'ringing');
}
