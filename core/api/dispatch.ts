import * as v from 'valibot';
import { type LogFields, type Logger, silentLogger } from '../ports/logger.ts';
import { type Handlers, type Method, requests } from './contract.ts';
import { ApiError, type ErrorCode, type ErrorDetails } from './errors.ts';

export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: ErrorDetails;
}

/** Every answer to a request, in every binding: a value that fits the contract, or a stable code. */
export type TaggedResult<T = unknown> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: Failure };

export interface DispatchStats {
  readonly calls: number;
  readonly failures: number;
  readonly inFlight: number;
}

export interface Dispatcher {
  /** Runs one request from anywhere. Total: any method and any arguments give an answer, it never rejects. */
  call(method: unknown, args: unknown): Promise<TaggedResult>;
  readonly stats: DispatchStats;
  /** Refuses new calls with `shutting-down`; resolves when those under way have ended. Idempotent. */
  stop(): Promise<void>;
}

export interface DispatcherOptions {
  readonly logger?: Logger;
  /** Calls under way at once over all callers; more are refused with `too-many-requests`. */
  readonly maxInFlight?: number;
}

const DEFAULT_MAX_IN_FLIGHT = 4096;

interface Route {
  readonly args: v.GenericSchema;
  readonly result: v.GenericSchema;
  readonly handler: (args: never) => unknown;
}

export function failure(code: ErrorCode, message: string, details: ErrorDetails = {}): TaggedResult<never> {
  return { ok: false, error: { code, message, details } };
}

/**
 * Wraps the handlers of a core in the checks of the contract: the method's name, its arguments, its result. What a
 * handler throws leaves as a code when it is an ApiError and as `internal` without any detail when it is not.
 */
export function createDispatcher(handlers: Handlers, options: DispatcherOptions = {}): Dispatcher {
  return new ContractDispatcher(handlers, options);
}

class ContractDispatcher implements Dispatcher {
  readonly #routes: ReadonlyMap<string, Route>;
  readonly #logger: Logger;
  readonly #maxInFlight: number;
  readonly #stats = { calls: 0, failures: 0, inFlight: 0 };
  #stopping: Promise<void> | undefined;
  #drained: (() => void) | undefined;

  constructor(handlers: Handlers, options: DispatcherOptions) {
    this.#routes = routesOf(handlers);
    this.#logger = options.logger ?? silentLogger;
    this.#maxInFlight = options.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT;
  }

  get stats(): DispatchStats {
    return { ...this.#stats };
  }

  async call(method: unknown, args: unknown): Promise<TaggedResult> {
    this.#stats.calls++;
    const refusal = this.#refusal();
    if (refusal !== undefined) return this.#count(refusal);
    const route = typeof method === 'string' ? this.#routes.get(method) : undefined;
    if (route === undefined) return this.#count(failure('unknown-method', 'There is no such method.'));
    this.#stats.inFlight++;
    try {
      return this.#count(await this.#run(method as Method, route, args));
    } finally {
      this.#stats.inFlight--;
      if (this.#stats.inFlight === 0) this.#drained?.();
    }
  }

  stop(): Promise<void> {
    this.#stopping ??= new Promise((resolve) => {
      this.#drained = resolve;
      if (this.#stats.inFlight === 0) resolve();
    });
    return this.#stopping;
  }

  #refusal(): TaggedResult | undefined {
    if (this.#stopping !== undefined) return failure('shutting-down', 'Parley is closing.');
    if (this.#stats.inFlight < this.#maxInFlight) return undefined;
    return failure('too-many-requests', 'Too many requests are under way; wait for answers first.');
  }

  #count(result: TaggedResult): TaggedResult {
    if (!result.ok) this.#stats.failures++;
    return result;
  }

  async #run(method: Method, route: Route, args: unknown): Promise<TaggedResult> {
    try {
      const checked = v.safeParse(route.args, args === undefined ? {} : args, { abortEarly: true });
      if (!checked.success) return badArgument(checked.issues[0]);
      const result = v.safeParse(route.result, await route.handler(checked.output as never), { abortEarly: true });
      if (result.success) return { ok: true, value: result.output };
      return this.#internal('api.bad-result', { method, path: v.getDotPath(result.issues[0]) ?? '' });
    } catch (error) {
      if (error instanceof ApiError) return failure(error.code, error.message, error.details);
      return this.#internal('api.handler-failed', { method, error: errorName(error) });
    }
  }

  #internal(event: string, fields: LogFields): TaggedResult {
    this.#logger.error(event, fields);
    return failure('internal', 'Something went wrong inside Parley.');
  }
}

function routesOf(handlers: Handlers): ReadonlyMap<string, Route> {
  const routes = new Map<string, Route>();
  for (const [method, { args, result }] of Object.entries(requests)) {
    const handler = handlers[method as Method] as Route['handler'];
    routes.set(method, { args, result, handler: (checked) => handler.call(handlers, checked) });
  }
  return routes;
}

function badArgument(issue: v.BaseIssue<unknown>): TaggedResult {
  // Valibot's own sentence quotes what it received, which may be a passphrase: only the place and the rule go out.
  const path = v.getDotPath(issue) ?? '';
  return failure('invalid-argument', sentenceOn(path, issue), { path, rule: issue.type });
}

function sentenceOn(path: string, { type, expected, received, requirement }: v.BaseIssue<unknown>): string {
  if (path === '') return 'The parameters do not have the expected form.';
  if (type === 'strict_object' && expected === 'never') return `There is no parameter "${path}".`;
  if (type === 'strict_object' && received === 'undefined') return `The parameter "${path}" is missing.`;
  if (type === 'max_length') return `The parameter "${path}" is longer than ${requirement}.`;
  if (type === 'min_value') return `The parameter "${path}" is less than ${requirement}.`;
  if (type === 'max_value') return `The parameter "${path}" is more than ${requirement}.`;
  return `The parameter "${path}" does not have the expected form.`;
}

/** The class of an error and nothing it says, because messages may quote text or keys. */
function errorName(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
