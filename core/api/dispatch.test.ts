import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test, vi } from 'vitest';
import { silentLogger } from '../ports/logger.ts';
import { type Handlers, requests } from './contract.ts';
import { createDispatcher, type Failure, type TaggedResult } from './dispatch.ts';
import { ApiError, ERROR_CODES } from './errors.ts';
import { fakeService, METHODS } from './testing/fake-service.ts';

const ID = '0123456789abcdef0123456789abcdef';

function dispatcher(handlers: Partial<Handlers> = {}, options = {}) {
  return createDispatcher(fakeService(handlers).handlers, options);
}

function errorOf(result: TaggedResult): Failure {
  if (result.ok) throw new Error('expected a failure');
  return result.error;
}

/** A handler that ends when the test says so. */
function gate() {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), handler: () => passed.then(() => ({ id: ID })) };
}

describe('a request that fits the contract', () => {
  test('reaches its handler with the checked arguments and brings its result back', async () => {
    const send = vi.fn(() => ({ id: ID }));
    const result = await dispatcher({ 'messages.send': send }).call('messages.send', { friend: 'ab', text: 'hi' });
    expect(result).toEqual({ ok: true, value: { id: ID } });
    expect(send).toHaveBeenCalledWith({ friend: 'ab', text: 'hi' });
  });

  test('may leave its arguments out when the method has none', async () => {
    expect(await dispatcher().call('profile.get', undefined)).toEqual({ ok: true, value: { state: 'missing' } });
  });

  test('gets nothing back that the contract does not name', async () => {
    const leaky = () => ({ state: 'locked', name: 'A', secret: 'key' }) as const;
    const result = await dispatcher({ 'profile.get': leaky }).call('profile.get', {});
    expect(result).toEqual({ ok: true, value: { state: 'locked', name: 'A' } });
  });
});

describe('a request that does not fit', () => {
  test.each(['nothing.here', '', 'toString', '__proto__', 'constructor', 'hasOwnProperty'])(
    'is refused when there is no method %j',
    async (method) => {
      expect(errorOf(await dispatcher().call(method, {})).code).toBe('unknown-method');
    },
  );

  test.each([undefined, null, 7, {}, ['profile.get'], Symbol('profile.get')])(
    'is refused when its method is no text (%s)',
    async (method) => {
      expect(errorOf(await dispatcher().call(method, {})).code).toBe('unknown-method');
    },
  );

  test('names the wrong parameter and quotes no value', async () => {
    const error = errorOf(await dispatcher().call('profile.unlock', { passphrase: ['hunter2'] }));
    expect(error.code).toBe('invalid-argument');
    expect(error.details).toEqual({ path: 'passphrase', rule: 'string' });
    expect(JSON.stringify(error)).not.toContain('hunter2');
  });

  test.each(Object.entries(requests))('is refused when %s has a parameter that nobody knows', (_method, { args }) => {
    const { issues = [] } = v.safeParse(args, { extra: 1 });
    expect(issues.filter((issue) => issue.expected === 'never').map((issue) => v.getDotPath(issue))).toEqual(['extra']);
  });

  test.each([
    [{ friend: 'ab' }, 'The parameter "text" is missing.'],
    [{ friend: 'ab', text: 'x', extra: 'x' }, 'There is no parameter "extra".'],
    [{ friend: '', text: 'x' }, 'The parameter "friend" does not have the expected form.'],
    [{ friend: 'x'.repeat(201), text: 'x' }, 'The parameter "friend" is longer than 200.'],
    [['ab', 'x'], 'The parameter "friend" is missing.'],
    ['ab', 'The parameters do not have the expected form.'],
  ])('says what is wrong with it (%#)', async (args, sentence) => {
    expect(errorOf(await dispatcher().call('messages.send', args)).message).toBe(sentence);
  });

  test.each([
    [0, 'The parameter "limit" is less than 1.'],
    [501, 'The parameter "limit" is more than 500.'],
  ])('says which bound %i is beyond', async (limit, sentence) => {
    expect(errorOf(await dispatcher().call('messages.list', { friend: 'ab', limit })).message).toBe(sentence);
  });

  test.each([null, [], 'text', 5, { extra: 1 }, { friend: 'ab' }, { friend: 'ab', text: 'x'.repeat(131_073) }])(
    'never reaches the handler (%#)',
    async (args) => {
      const send = vi.fn(() => ({ id: ID }));
      const result = await dispatcher({ 'messages.send': send }).call('messages.send', args);
      expect(errorOf(result).code).toBe('invalid-argument');
      expect(send).not.toHaveBeenCalled();
    },
  );
});

describe('a handler that fails', () => {
  test('passes its code, sentence and details on', async () => {
    const handler = () => {
      throw new ApiError('wrong-words', 'The third word is unknown.', { position: 2 });
    };
    const result = await dispatcher({ 'profile.restoreWords': handler }).call('profile.restoreWords', { words: 'a' });
    expect(errorOf(result)).toEqual({
      code: 'wrong-words',
      message: 'The third word is unknown.',
      details: { position: 2 },
    });
  });

  test.each([new TypeError('secret 123'), 'secret 123', undefined])(
    'by surprise tells nothing outside (%s)',
    async (e) => {
      const error = vi.fn();
      const handler = () => Promise.reject(e);
      const target = dispatcher({ 'friends.list': handler }, { logger: { ...silentLogger, error } });
      const result = errorOf(await target.call('friends.list', {}));
      expect(result).toMatchObject({ code: 'internal', details: {} });
      expect(JSON.stringify([result, error.mock.calls])).not.toContain('secret');
      expect(error).toHaveBeenCalledWith('api.handler-failed', {
        method: 'friends.list',
        error: e instanceof TypeError ? 'TypeError' : typeof e,
      });
    },
  );

  test('with a result outside the contract is an internal failure', async () => {
    const error = vi.fn();
    const handler = () => ({ id: 'not hex' });
    const target = dispatcher({ 'messages.send': handler }, { logger: { ...silentLogger, error } });
    const result = await target.call('messages.send', { friend: 'ab', text: 'hi' });
    expect(errorOf(result).code).toBe('internal');
    expect(error).toHaveBeenCalledWith('api.bad-result', { method: 'messages.send', path: 'id' });
  });
});

describe('load and stopping', () => {
  test('calls and failures are counted', async () => {
    const target = dispatcher();
    await target.call('profile.get', {});
    await target.call('nothing', {});
    expect(target.stats).toEqual({ calls: 2, failures: 1, inFlight: 0 });
  });

  test('no more than the bound runs at once, and room comes back', async () => {
    const wait = gate();
    const target = dispatcher({ 'messages.send': wait.handler }, { maxInFlight: 2 });
    const send = () => target.call('messages.send', { friend: 'ab', text: 'hi' });
    const first = [send(), send()];
    expect(errorOf(await send()).code).toBe('too-many-requests');
    wait.open();
    for (const result of await Promise.all(first)) expect(result.ok).toBe(true);
    expect((await send()).ok).toBe(true);
  });

  test('stopping refuses new calls and waits for those under way', async () => {
    const wait = gate();
    const target = dispatcher({ 'messages.send': wait.handler });
    const running = target.call('messages.send', { friend: 'ab', text: 'hi' });
    const stopped = vi.fn();
    const stopping = target.stop().then(stopped);
    expect(errorOf(await target.call('profile.get', {})).code).toBe('shutting-down');
    expect(stopped).not.toHaveBeenCalled();
    wait.open();
    expect((await running).ok).toBe(true);
    await stopping;
    await target.stop();
  });

  test('stopping with nothing under way ends at once', async () => {
    await dispatcher().stop();
  });
});

test('any method with any arguments gets a value or a known code', async () => {
  const target = dispatcher();
  const anyMethod = fc.oneof(fc.constantFrom(...METHODS), fc.string(), fc.anything());
  await fc.assert(
    fc.asyncProperty(anyMethod, fc.anything({ withNullPrototype: true, withMap: true }), async (method, args) => {
      const result = await target.call(method, args);
      if (!result.ok) expect(ERROR_CODES).toContain(result.error.code);
    }),
    { numRuns: 500 },
  );
});
