import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { createDispatcher } from './dispatch.ts';
import { answerRpc, eventText, MAX_BATCH, MAX_BATCH_ANSWER, MAX_RPC_TEXT, refusalText } from './json-rpc.ts';
import { fakeService, METHODS } from './testing/fake-service.ts';

const ID = '0123456789abcdef0123456789abcdef';
const service = fakeService({ 'messages.send': () => ({ id: ID }) });
const dispatcher = createDispatcher(service.handlers);

async function ask(message: unknown) {
  const answer = await answerRpc(typeof message === 'string' ? message : JSON.stringify(message), dispatcher);
  return answer === undefined ? undefined : JSON.parse(answer);
}

describe('a single request', () => {
  test('is answered under its own id', async () => {
    expect(await ask({ jsonrpc: '2.0', id: 'a1', method: 'profile.get' })).toEqual({
      jsonrpc: '2.0',
      id: 'a1',
      result: { state: 'missing' },
    });
  });

  test('without an id is carried out and not answered', async () => {
    const call = vi.fn(async () => ({ ok: true, value: null }) as const);
    expect(await answerRpc('{"jsonrpc":"2.0","method":"x","params":{"a":1}}', call)).toBeUndefined();
    expect(call).toHaveBeenCalledWith('x', { a: 1 });
  });

  test('with a null id is answered with a null id', async () => {
    expect(await ask({ jsonrpc: '2.0', id: null, method: 'friends.list' })).toMatchObject({ id: null, result: [] });
  });

  test('starts before anything is awaited, so that calls keep their order', () => {
    const order: string[] = [];
    const call = async (method: string) => {
      order.push(method);
      return { ok: true, value: null } as const;
    };
    void answerRpc('{"jsonrpc":"2.0","id":1,"method":"first"}', call);
    void answerRpc('{"jsonrpc":"2.0","id":2,"method":"second"}', call);
    expect(order).toEqual(['first', 'second']);
  });
});

describe('errors', () => {
  test('a text that is no JSON', async () => {
    expect(await ask('{"jsonrpc"')).toMatchObject({ id: null, error: { code: -32700 } });
  });

  test.each([
    1,
    null,
    'text',
    {},
    { jsonrpc: '2.0', method: 5, params: 'text' },
    { jsonrpc: '2.0', id: {}, method: 'profile.get' },
    { jsonrpc: '2.0', id: 'x'.repeat(257), method: 'profile.get' },
    [],
  ])('what is no request (%#)', async (message) => {
    expect(await ask(JSON.stringify(message))).toMatchObject({ id: null, error: { code: -32600 } });
  });

  test.each([
    { jsonrpc: '1.0', id: 1, method: 'profile.get' },
    { jsonrpc: '2.0', id: 1, method: 5 },
    { jsonrpc: '2.0', id: 1 },
    { jsonrpc: '2.0', id: 1, method: 'profile.get', params: 'text' },
    { jsonrpc: '2.0', id: 1, method: 'profile.get', params: null },
  ])('what is no request is refused under its id where it has one (%#)', async (message) => {
    expect(await ask(message)).toMatchObject({ id: 1, error: { code: -32600 } });
    expect(await ask([message])).toMatchObject([{ id: 1, error: { code: -32600 } }]);
  });

  test('a method that does not exist', async () => {
    expect(await ask({ jsonrpc: '2.0', id: 1, method: '__proto__' })).toMatchObject({
      id: 1,
      error: { code: -32601, data: { code: 'unknown-method' } },
    });
  });

  test.each([{ friend: 'ab' }, ['ab', 'hi'], { friend: 'ab', text: 'hi', more: 1 }])(
    'parameters that do not fit (%#)',
    async (params) => {
      expect(await ask({ jsonrpc: '2.0', id: 1, method: 'messages.send', params })).toMatchObject({
        error: { code: -32602, data: { code: 'invalid-argument' } },
      });
    },
  );

  test('an expected failure carries its code and details', async () => {
    expect(await ask({ jsonrpc: '2.0', id: 1, method: 'profile.lock' })).toEqual({
      jsonrpc: '2.0',
      id: 1,
      error: { code: -32000, message: 'There is no profile yet.', data: { code: 'no-profile', details: {} } },
    });
  });

  test('an unexpected failure is an internal error', async () => {
    const broken = createDispatcher(fakeService({ 'profile.get': () => Promise.reject(new Error('x')) }).handlers);
    const answer = await answerRpc('{"jsonrpc":"2.0","id":1,"method":"profile.get"}', broken);
    expect(JSON.parse(answer ?? '')).toMatchObject({ error: { code: -32603, data: { code: 'internal' } } });
  });

  test('a text over the limit is refused unread', async () => {
    const call = vi.fn();
    const answer = await answerRpc(' '.repeat(MAX_RPC_TEXT + 1), call);
    expect(JSON.parse(answer ?? '')).toMatchObject({ id: null, error: { data: { code: 'too-large' } } });
    expect(call).not.toHaveBeenCalled();
  });

  test('a carrier can refuse by code', () => {
    expect(JSON.parse(refusalText('unauthorised', 'No.'))).toMatchObject({
      id: null,
      error: { code: -32000, message: 'No.', data: { code: 'unauthorised' } },
    });
  });
});

describe('a batch', () => {
  const get = (id?: number) => ({ jsonrpc: '2.0', id, method: 'profile.get' });

  test('is answered as one array, without its notifications', async () => {
    const answers = await ask([get(1), get(), { bad: true }, get(2)]);
    expect(answers.map((answer: { id: unknown }) => answer.id)).toEqual([1, null, 2]);
  });

  test('of notifications only gets no answer', async () => {
    expect(await ask([get(), get()])).toBeUndefined();
  });

  test('that is too long is refused whole', async () => {
    const calls = dispatcher.stats.calls;
    const answer = await ask(Array.from({ length: MAX_BATCH + 1 }, (_, id) => get(id)));
    expect(answer).toMatchObject({ id: null, error: { data: { code: 'too-large' } } });
    expect(dispatcher.stats.calls).toBe(calls);
  });

  test('is answered in its order, a few requests at a time', async () => {
    const begun: unknown[] = [];
    let [underWay, most] = [0, 0];
    const answer = await answerRpc(
      toJson(Array.from({ length: 200 }, (_, id) => ({ ...get(id), params: { id } }))),
      async (_, params) => {
        begun.push((params as { id: number }).id);
        most = Math.max(most, ++underWay);
        await new Promise(setImmediate);
        underWay--;
        return { ok: true, value: params };
      },
    );
    const numbers = Array.from({ length: 200 }, (_, id) => id);
    expect(begun).toEqual(numbers);
    expect(JSON.parse(answer!).map(({ result }: { result: { id: number } }) => result.id)).toEqual(numbers);
    expect(most).toBeLessThan(100);
  });

  test('makes one list at a time, and none once the answers are too long', async () => {
    let [underWay, most, lists] = [0, 0, 0];
    const call = async (method: string) => {
      most = Math.max(most, ++underWay);
      await new Promise(setImmediate);
      underWay--;
      if (method === 'messages.list') lists++;
      return { ok: true as const, value: method === 'messages.list' ? 'x'.repeat(MAX_BATCH_ANSWER / 4) : {} };
    };
    const batch = Array.from({ length: 64 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'messages.list' }));
    const answers = JSON.parse((await answerRpc(toJson([get(-1), ...batch]), call))!);
    expect([most, lists, answers.length]).toEqual([1, 4, 65]);
    expect(answers[64].error).toMatchObject({ data: { code: 'too-large' } });
  });

  test('drops long answers of requests under way at once, and no short one', async () => {
    const page = 'x'.repeat(MAX_BATCH_ANSWER / 4);
    const call = async (method: string) => ({ ok: true as const, value: method === 'profile.get' ? page : {} });
    const batch = [
      ...Array.from({ length: 20 }, (_, id) => get(id)),
      { jsonrpc: '2.0', id: 20, method: 'messages.send' },
    ];
    const answer = await answerRpc(toJson(batch), call);
    expect(answer!.length).toBeLessThan(MAX_BATCH_ANSWER + 2 * page.length);
    const answers: { id: number; result?: unknown; error?: object }[] = JSON.parse(answer!);
    expect(answers.map(({ id }) => id)).toEqual(Array.from({ length: 21 }, (_, id) => id));
    expect(answers.filter(({ result }) => result === page)).toHaveLength(4);
    expect(answers[19]!.error).toMatchObject({ data: { code: 'too-large' } });
    expect(answers[20]!.result).toEqual({});
  });

  test('whose answers get too long is answered in part, each request by its ID', async () => {
    const page = 'x'.repeat(MAX_BATCH_ANSWER / 8);
    const call = vi.fn(async () => ({ ok: true as const, value: page }));
    const answer = await answerRpc(toJson(Array.from({ length: 500 }, (_, id) => get(id))), call);
    const answers: { id: number; result?: string; error?: object }[] = JSON.parse(answer!);
    expect(answers.map(({ id }) => id)).toEqual(Array.from({ length: 500 }, (_, id) => id));
    expect(answers[0]!.result).toBe(page);
    expect(answers.at(-1)!.error).toMatchObject({ data: { code: 'too-large' } });
    expect(answers.filter(({ result }) => result !== undefined)).toHaveLength(8);
    expect(call.mock.calls.length).toBeLessThan(100);
  });
});

test('an event is a notification with its revision', () => {
  const payload = { nodeCount: 3, reachability: 'reachable', running: true };
  expect(JSON.parse(eventText({ name: 'network.changed', payload, revision: 9 }))).toEqual({
    jsonrpc: '2.0',
    method: 'network.changed',
    params: payload,
    revision: 9,
  });
});

describe('hostile texts', () => {
  const isAnswer = (answer: unknown): boolean => {
    if (Array.isArray(answer)) return answer.length > 0 && answer.every(isAnswer);
    const { jsonrpc, id, result, error } = answer as Record<string, unknown>;
    return jsonrpc === '2.0' && id !== undefined && (result === undefined) !== (error === undefined);
  };
  const message = fc.record(
    {
      jsonrpc: fc.oneof(fc.constant('2.0'), fc.anything()),
      id: fc.oneof(fc.nat(), fc.string(), fc.anything()),
      method: fc.oneof(fc.constantFrom(...METHODS), fc.string()),
      params: fc.oneof(fc.jsonValue(), fc.anything()),
    },
    { requiredKeys: [] },
  );

  test.each([
    ['any text', fc.string()],
    ['any JSON', fc.json()],
    ['requests, bent', message.map((value) => toJson(value))],
    ['batches of them', fc.array(message, { maxLength: 5 }).map((value) => toJson(value))],
    ['requests cut short', message.map((value) => toJson(value).slice(0, -1))],
  ])('%s: a lawful answer or silence', async (_, texts) => {
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const answer = await answerRpc(text, dispatcher);
        if (answer !== undefined) expect(isAnswer(JSON.parse(answer))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('a __proto__ member changes nothing', async () => {
    await answerRpc('{"jsonrpc":"2.0","id":1,"method":"profile.get","params":{"__proto__":{"bent":1}}}', dispatcher);
    expect(({} as { bent?: number }).bent).toBeUndefined();
  });
});

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? String(member) : member)) ?? '';
  } catch {
    return '{';
  }
}
