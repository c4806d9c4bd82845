import type { Handlers } from '../../core/api/contract.ts';
import { ApiError } from '../../core/api/errors.ts';
import type { CallView } from '../../core/api/views.ts';
import type { Emit } from './fake-core.ts';

type CallHandlers = Pick<Handlers, Extract<keyof Handlers, `calls.${string}`>>;

export interface FakeCallsOptions {
  readonly emit: Emit;
  readonly now: () => number;
  /** IDs of calls, 32 hex digits. */
  readonly newId: () => string;
  /** The key of a friend. @throws {ApiError} `unknown-friend` */
  readonly keyOf: (friend: string) => string;
}

/** Calls without sound and with nobody on the other side: what they would do is done by `change` and `ring`. */
export class FakeCalls {
  readonly #options: FakeCallsOptions;
  readonly #calls = new Map<string, CallView>();

  constructor(options: FakeCallsOptions) {
    this.#options = options;
  }

  handlers(): CallHandlers {
    return {
      'calls.list': () => [...this.#calls.values()],
      'calls.start': ({ friend }) => {
        const view = this.#add(this.#options.keyOf(friend), { direction: 'out', state: 'ringing-there' });
        return { call: view.call };
      },
      'calls.accept': ({ call }) => {
        this.change(call, { state: 'active', answeredAt: this.#options.now() });
        return {};
      },
      'calls.decline': ({ call }) => this.#end(call, 'declined'),
      'calls.end': ({ call }) => this.#end(call, 'hung-up'),
      'calls.setMuted': ({ call, ...muted }) => {
        this.change(call, muted);
        return {};
      },
    };
  }

  /** A friend calls. */
  ring(friend: string): CallView {
    return this.#add(friend, { direction: 'in', state: 'ringing' });
  }

  /** @throws {ApiError} `unknown-call` */
  change(call: string, change: Partial<CallView>): CallView {
    const before = this.#calls.get(call);
    if (before === undefined) throw new ApiError('unknown-call', 'There is no such call.');
    const since = change.state === undefined ? before.since : this.#options.now();
    const view = { ...before, since, ...change };
    if (view.state === 'ended') this.#calls.delete(call);
    else this.#calls.set(call, view);
    this.#options.emit('calls.changed', view);
    return view;
  }

  #end(call: string, reason: NonNullable<CallView['reason']>): object {
    this.change(call, { state: 'ended', reason });
    return {};
  }

  #add(friend: string, change: Pick<CallView, 'direction' | 'state'>): CallView {
    const now = this.#options.now();
    const call = this.#options.newId();
    const muted = { muted: false, deafened: false, peerMuted: false, peerDeafened: false };
    const unknown = { answeredAt: null, reason: null, replacedBy: null, encoder: null, quality: null };
    const view = { call, friend, since: now, startedAt: now, ...muted, ...unknown, ...change };
    this.#calls.set(call, view);
    this.#options.emit('calls.changed', view);
    return view;
  }
}
