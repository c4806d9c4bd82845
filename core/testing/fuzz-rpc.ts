import { readClientAudio, readCoreAudio, writeClientAudio, writeCoreAudio } from '../api/audio-messages.ts';
import { createDispatcher, type Dispatcher } from '../api/dispatch.ts';
import { ERROR_CODES } from '../api/errors.ts';
import { answerRpc, eventText, RPC_CODES } from '../api/json-rpc.ts';
import { createRpcTransport } from '../api/rpc-transport.ts';
import { fakeService, METHODS } from '../api/testing/fake-service.ts';
import type { Logger } from '../ports/logger.ts';
import { silentLogger } from '../ports/logger.ts';
import { anyText, FuzzFailure, type FuzzTarget, must, mustBeSame, utf8 } from './fuzz-target.ts';

const HEX_KEY = 'ab'.repeat(32);
const HEX_ID = 'cd'.repeat(16);

/** Arguments of every kind that the contract knows: mutation turns them into all the others. */
const ARGUMENTS: Readonly<Record<string, object>> = {
  'friends.add': { publicId: 'parley1q', alias: 'Bo', greeting: 'hi' },
  'messages.send': { friend: HEX_KEY, text: 'héllo' },
  'messages.list': { friend: HEX_KEY, before: 12, limit: 50 },
  'messages.search': { query: 'two words', limit: 500 },
  'messages.countHits': { query: 'two words', before: 7 },
  'messages.hitPlaces': { friend: HEX_KEY, id: HEX_ID, query: 'two words' },
  'messages.markRead': { friend: HEX_KEY, upTo: HEX_ID },
  'messages.setTyping': { friend: HEX_KEY, typing: true },
  'network.bootstrap': { address: '127.0.0.1:1/00' },
  'profile.confirmWords': { words: [0, 1, 2].map((position) => ({ position, word: 'zoo' })) },
  'profile.unlock': { passphrase: 'x' },
  'settings.set': { theme: 'dark', notifications: 'off' },
};

const calls = METHODS.map((method, i) => ({ jsonrpc: '2.0', id: i, method, params: ARGUMENTS[method] ?? {} }));
const texts = [
  ...calls,
  { jsonrpc: '2.0', method: 'friends.list' },
  { jsonrpc: '2.0', id: null, method: 'profile.get', params: [] },
  [calls[0], calls[1], { jsonrpc: '2.0', method: 'settings.get' }],
].map((value) => JSON.stringify(value));

const errorCodes: ReadonlySet<number> = new Set(Object.values(RPC_CODES));

/** A dispatcher whose handlers answer with `no-profile`; it fails the run when anything is logged as our own fault. */
function strictDispatcher(): Dispatcher {
  const error = (event: string) => {
    throw new FuzzFailure(`logged ${event}`);
  };
  const logger: Logger = { ...silentLogger, error };
  return createDispatcher(fakeService().handlers, { logger });
}

function mustBeAnswer(value: unknown): void {
  must(typeof value === 'object' && value !== null, 'an answer is no object');
  const { jsonrpc, result, error, id } = value as Record<string, unknown>;
  must(jsonrpc === '2.0' && id !== undefined, 'an answer lacks a member');
  must((result === undefined) !== (error === undefined), 'an answer has not one of result and error');
  if (error === undefined) return;
  const { code, message } = error as { code: number; message: string };
  must(errorCodes.has(code) && typeof message === 'string' && message.length > 0, 'an error of an unknown form');
}

/** Whole texts as they come from a WebSocket. */
const jsonRpc: FuzzTarget = {
  name: 'api.answerRpc',
  corpus: texts.map(utf8),
  maxBytes: 2_000,
  async run(input) {
    const answer = await answerRpc(anyText(input), strictDispatcher());
    if (answer === undefined) return false;
    const parsed: unknown = JSON.parse(answer);
    for (const one of Array.isArray(parsed) ? parsed : [parsed]) mustBeAnswer(one);
    return answer.includes('"result"');
  },
};

/** Method and arguments behind the framing: any JSON at all, also where the text around it would be refused. */
const dispatch: FuzzTarget = {
  name: 'api.dispatch',
  corpus: calls.map(({ method, params }) => utf8(`${method}\n${JSON.stringify(params)}`)),
  maxBytes: 2_000,
  async run(input) {
    const [method, json = ''] = anyText(input).split('\n', 2);
    let args: unknown;
    try {
      args = JSON.parse(json);
    } catch {
      args = json;
    }
    const result = await strictDispatcher().call(method, args);
    if (!result.ok) must((ERROR_CODES as readonly string[]).includes(result.error.code), 'an unknown error code');
    must(result.ok || result.error.code !== 'internal', 'an internal error');
    return result.ok;
  },
};

const settled = {
  name: 'network.changed',
  payload: { nodeCount: 1, reachability: 'unknown', running: true },
  revision: 3,
};

/** What a client makes of texts from its host. */
const client: FuzzTarget = {
  name: 'api.rpcTransport',
  corpus: [
    '{"jsonrpc":"2.0","id":1,"result":{"ok":true}}',
    '{"jsonrpc":"2.0","id":2,"error":{"code":-32000,"message":"no","data":{"code":"no-profile","details":{}}}}',
    eventText(settled as Parameters<typeof eventText>[0]),
  ].map(utf8),
  maxBytes: 1_000,
  async run(input) {
    const transport = createRpcTransport(() => {});
    const requests = [transport.request('profile.get', {}), transport.request('friends.list', {})];
    transport.receive(anyText(input));
    transport.close();
    const results = await Promise.all(requests);
    must(
      results.every((result) => typeof result.ok === 'boolean'),
      'a result of an unknown form',
    );
    return results.some((result) => result.ok);
  },
};

const CALL = '61'.repeat(16);
const SPEECH = { kind: 'audio', call: CALL, silence: false, clock: 960, opus: Uint8Array.of(1, 2, 3) } as const;

/** Binary messages of both sides: a value has one encoding. */
const audio: FuzzTarget = {
  name: 'api.audioMessages',
  corpus: [
    writeClientAudio({ kind: 'attach', call: CALL }),
    writeClientAudio(SPEECH),
    writeCoreAudio({ ...SPEECH, sequence: 7 }),
    writeCoreAudio({ kind: 'detached', call: CALL, why: 'over' }),
  ],
  run(input) {
    const fromClient = readClientAudio(input);
    if (fromClient !== undefined) mustBeSame(input, writeClientAudio(fromClient));
    const fromCore = readCoreAudio(input);
    if (fromCore !== undefined) mustBeSame(input, writeCoreAudio(fromCore));
    return fromClient !== undefined || fromCore !== undefined;
  },
};

export const RPC_TARGETS: readonly FuzzTarget[] = [jsonRpc, dispatch, client, audio];
