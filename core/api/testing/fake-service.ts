import { Emitter } from '../../ports/events.ts';
import { type ApiEvent, type EventName, type EventPayload, type Handlers, type Method, requests } from '../contract.ts';
import type { CallAudio, CoreService } from '../core-service.ts';
import { ApiError } from '../errors.ts';
import { DEFAULT_SETTINGS } from '../views.ts';

/** A core for tests of the bindings: it does what the test says and counts revisions like the real one. */
export interface FakeService extends CoreService {
  readonly handlers: Handlers;
  emit<E extends EventName>(name: E, payload: EventPayload<E>): void;
  readonly stopped: boolean;
}

/** There is no call to attach to. */
const NO_CALLS: CallAudio = { attach: () => undefined };

/** Requests without a handler of the test's fail with `no-profile`, as those of an empty profile do. */
export function fakeService(handlers: Partial<Handlers> = {}, audio: CallAudio = NO_CALLS): FakeService {
  const listeners = new Emitter<ApiEvent>();
  const refuse = () => {
    throw new ApiError('no-profile', 'There is no profile yet.');
  };
  const all = Object.fromEntries(Object.keys(requests).map((method) => [method, refuse]));
  let revision = 0;
  let stopped = false;
  return {
    handlers: {
      ...(all as unknown as Handlers),
      'profile.get': () => ({ state: 'missing' }),
      'friends.list': () => [],
      'settings.get': () => DEFAULT_SETTINGS,
      ...handlers,
    },
    onEvent: (listener) => listeners.on(listener),
    audio,
    get revision() {
      return revision;
    },
    get stopped() {
      return stopped;
    },
    emit: (name, payload) => {
      revision++;
      listeners.emit({ name, payload, revision } as ApiEvent);
    },
    stop: async () => {
      stopped = true;
      listeners.clear();
    },
  };
}

export const METHODS = Object.keys(requests) as readonly Method[];
