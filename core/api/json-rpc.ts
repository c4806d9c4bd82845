import { type ApiEvent, type Method, requests } from './contract.ts';
import { type Dispatcher, type Failure, failure, type TaggedResult } from './dispatch.ts';
import type { ErrorCode } from './errors.ts';

/** JSON-RPC 2.0 (https://www.jsonrpc.org/specification) over any carrier of whole texts; no input or output here. */

/** Error numbers of the specification; -32000 is every expected failure of ours, told apart by `data.code`. */
export const RPC_CODES = {
  parseError: -32700,
  invalidRequest: -32600,
  unknownMethod: -32601,
  invalidParams: -32602,
  internal: -32603,
  application: -32000,
} as const;

/** Most requests in one batch. */
export const MAX_BATCH = 1024;
/** Requests of a batch under way at once, so that the length of their answers is known before more begin. */
const BATCH_AT_ONCE = 32;
/** Answers of a batch, in UTF-16 units, after which the rest of it is refused. */
export const MAX_BATCH_ANSWER = 32 * 1024 * 1024;
/**
 * Longest answer that is given all the same to a request that was under way by then, in UTF-16 units: only those that
 * change nothing have longer ones, and may be refused afterwards. V8 has no text for 32 of those.
 */
const SHORT_ANSWER = 1024 * 1024;
/** Longest request text, in UTF-16 units: a 64 MiB backup in base64 and some room. */
export const MAX_RPC_TEXT = 97 * 1024 * 1024;
/** Longest `id` that is a string. */
const MAX_ID_TEXT = 256;

type RpcId = string | number | null;

interface RpcRequest {
  readonly method: string;
  readonly params: unknown;
  /** undefined: a notification, which gets no answer. */
  readonly id: RpcId | undefined;
}

export type RpcCall = (method: string, params: unknown) => Promise<TaggedResult>;

const CODE_OF: Partial<Record<ErrorCode, number>> = {
  'unknown-method': RPC_CODES.unknownMethod,
  'invalid-argument': RPC_CODES.invalidParams,
  internal: RPC_CODES.internal,
};

/**
 * Answers one text from a caller. Total: any text gives the answer's text, or undefined where JSON-RPC asks for
 * silence (notifications). A single call is passed on before the first await, so calls start in the order they came.
 */
export async function answerRpc(text: string, call: RpcCall | Dispatcher): Promise<string | undefined> {
  const run: RpcCall = typeof call === 'function' ? call : (method, params) => call.call(method, params);
  if (text.length > MAX_RPC_TEXT) return refusalText('too-large', `A request has at most ${MAX_RPC_TEXT} characters.`);
  const message = parse(text);
  if (message === undefined) return errorText(null, RPC_CODES.parseError, 'This is not JSON.');
  if (!Array.isArray(message)) return answerOne(message, run);
  if (message.length === 0) return errorText(null, RPC_CODES.invalidRequest, 'The batch is empty.');
  if (message.length > MAX_BATCH) {
    return answerText(null, failure('too-large', `A batch has at most ${MAX_BATCH} requests.`));
  }
  return answerBatch(message, run);
}

/** A JSON-RPC notification with `revision` beside `params`, by which a client notices a gap. */
export function eventText(event: ApiEvent): string {
  return `{"jsonrpc":"2.0","method":"${event.name}","params":${JSON.stringify(event.payload)},"revision":${event.revision}}`;
}

/** The text of a failure that belongs to no request: for carriers that must refuse before parsing. */
export function refusalText(code: ErrorCode, message: string): string {
  return answerText(null, failure(code, message));
}

async function answerBatch(messages: readonly unknown[], run: RpcCall): Promise<string | undefined> {
  const answers: string[] = [];
  let length = 0;
  const fitting = async (one: unknown): Promise<string | undefined> => {
    const answer = await answerOne(one, length < MAX_BATCH_ANSWER ? run : refuseInBatch);
    const fits = answer === undefined || length < MAX_BATCH_ANSWER || answer.length <= SHORT_ANSWER;
    const given = fits ? answer : await answerOne(one, refuseInBatch);
    length += given?.length ?? 0;
    return given;
  };
  for (const some of groupsOf(messages)) {
    for (const answer of await Promise.all(some.map(fitting))) if (answer !== undefined) answers.push(answer);
  }
  return answers.length === 0 ? undefined : `[${answers.join(',')}]`;
}

/** What is under way at once. Of lists, which may have 50 MiB as a text, each is alone: the length of the others is known then. */
function* groupsOf(messages: readonly unknown[]): Generator<unknown[]> {
  let group: unknown[] = [];
  for (const message of messages) {
    if (group.length === BATCH_AT_ONCE || (group.length > 0 && asksForList(message))) {
      yield group;
      group = [];
    }
    group.push(message);
    if (!asksForList(message)) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

function asksForList(message: unknown): boolean {
  const method = toRequest(message)?.method ?? '';
  return Object.hasOwn(requests, method) && requests[method as Method].result.type === 'array';
}

async function refuseInBatch(): Promise<TaggedResult> {
  return failure('too-large', 'The answers of this batch are too long for one text: ask in several batches.');
}

async function answerOne(message: unknown, run: RpcCall): Promise<string | undefined> {
  const request = toRequest(message);
  if (request === undefined) {
    return errorText(readableId(message), RPC_CODES.invalidRequest, 'This is not a JSON-RPC 2.0 request.');
  }
  const result = await run(request.method, request.params);
  return request.id === undefined ? undefined : answerText(request.id, result);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toRequest(message: unknown): RpcRequest | undefined {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return undefined;
  const { jsonrpc, method, params, id } = message as Record<string, unknown>;
  if (jsonrpc !== '2.0' || typeof method !== 'string') return undefined;
  if (params !== undefined && (typeof params !== 'object' || params === null)) return undefined;
  return id === undefined || isId(id) ? { method, params, id } : undefined;
}

/** What the caller waits for, wherever it can be told: an answer under null would leave it waiting for ever. */
function readableId(message: unknown): RpcId {
  const id = typeof message === 'object' && message !== null && 'id' in message ? message.id : null;
  return isId(id) ? id : null;
}

function isId(id: unknown): id is RpcId {
  return id === null || typeof id === 'number' || (typeof id === 'string' && id.length <= MAX_ID_TEXT);
}

function answerText(id: RpcId, result: TaggedResult): string {
  if (!result.ok) return failureText(id, result.error);
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${JSON.stringify(result.value) ?? 'null'}}`;
}

function failureText(id: RpcId, { code, message, details }: Failure): string {
  return errorText(id, CODE_OF[code] ?? RPC_CODES.application, message, { code, details });
}

function errorText(id: RpcId, code: number, message: string, data?: object): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message, data } });
}
