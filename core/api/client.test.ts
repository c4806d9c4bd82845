import { describe, expect, test, vi } from 'vitest';
import { type Client, createClient } from './client.ts';
import { createDispatcher } from './dispatch.ts';
import { ApiError } from './errors.ts';
import { answerRpc, eventText } from './json-rpc.ts';
import { createRpcTransport, type RpcTransport } from './rpc-transport.ts';
import { type FakeService, fakeService } from './testing/fake-service.ts';

interface Setup {
  readonly service: FakeService;
  readonly transport: RpcTransport;
  readonly client: Client;
}

/** Client and core, joined by JSON-RPC texts that take one microtask. */
function joined(handlers = {}): Setup {
  const service = fakeService(handlers);
  const dispatcher = createDispatcher(service.handlers);
  const transport: RpcTransport = createRpcTransport((text) => {
    void answerRpc(text, dispatcher).then((answer) => transport.receive(answer ?? ''));
  });
  service.onEvent((event) => transport.receive(eventText(event)));
  return { service, transport, client: createClient(transport) };
}

const changed = { nodeCount: 1, reachability: 'unknown', running: true };

describe('requests', () => {
  test('bring the typed result', async () => {
    const { client } = joined();
    const profile = await client.call('profile.get');
    expect(profile.state).toBe('missing');
  });

  test('answered out of order find their callers', async () => {
    const texts: string[] = [];
    const transport = createRpcTransport((text) => texts.push(text));
    const client = createClient(transport);
    const both = [client.call('profile.get'), client.call('friends.list')];
    transport.receive('{"jsonrpc":"2.0","id":2,"result":[]}');
    transport.receive('{"jsonrpc":"2.0","id":1,"result":{"state":"missing"}}');
    expect(await Promise.all(both)).toEqual([{ state: 'missing' }, []]);
    expect(texts.map((text) => JSON.parse(text).method)).toEqual(['profile.get', 'friends.list']);
  });

  test('that fail throw the stable code, the sentence and the details', async () => {
    const handler = () => {
      throw new ApiError('bad-public-id', 'Two characters are wrong.', { reason: 'checksum', positions: [9, 12] });
    };
    const { client } = joined({ 'friends.add': handler });
    const error = await client.call('friends.add', { publicId: 'parley1x' }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      code: 'bad-public-id',
      message: 'Two characters are wrong.',
      details: { reason: 'checksum', positions: [9, 12] },
    });
  });

  test.each(['{"id":1,"error":null}', '{"id":1,"error":{"code":-1}}', '{"id":1,"error":{"data":{"code":"odd"}}}'])(
    'answered by a failure without a known code are internal failures (%s)',
    async (answer) => {
      const transport = createRpcTransport(() => {});
      const call = createClient(transport).call('profile.get');
      transport.receive(answer);
      await expect(call).rejects.toMatchObject({ code: 'internal' });
    },
  );

  test('under way and later ones fail when the carrier is gone', async () => {
    const transport = createRpcTransport(() => {});
    const client = createClient(transport);
    const underWay = client.call('profile.get');
    transport.close();
    await expect(underWay).rejects.toMatchObject({ code: 'shutting-down' });
    await expect(client.call('profile.get')).rejects.toMatchObject({ code: 'shutting-down' });
  });
});

describe('events', () => {
  test('reach those who listen for them, until they unsubscribe', () => {
    const { service, client } = joined();
    const one = vi.fn();
    const all = vi.fn();
    const end = client.on('network.changed', one);
    client.onEvent(all);
    service.emit('network.changed', changed);
    service.emit('friends.requested', { key: 'a'.repeat(64), request: null });
    end();
    service.emit('network.changed', changed);
    expect(one.mock.calls).toEqual([[changed]]);
    expect(all.mock.calls.map(([event]) => event.revision)).toEqual([1, 2, 3]);
  });

  test('skipped are noticed as a gap, once', () => {
    const { service, transport, client } = joined();
    const gap = vi.fn();
    client.onGap(gap);
    service.emit('network.changed', changed);
    transport.receive(eventText({ name: 'network.changed', payload: changed, revision: 3 }));
    transport.receive(eventText({ name: 'network.changed', payload: changed, revision: 4 }));
    expect(gap).toHaveBeenCalledTimes(1);
  });

  test.each(['', 'null', '7', '{"method":"toString","revision":1}', '{"method":"network.changed"}', '{"id":99}'])(
    'unknown or bent are ignored (%s)',
    (text) => {
      const { transport, client } = joined();
      const listener = vi.fn();
      client.onEvent(listener);
      transport.receive(text);
      expect(listener).not.toHaveBeenCalled();
    },
  );

  test('end with the client', () => {
    const { service, client } = joined();
    const listener = vi.fn();
    client.onEvent(listener);
    client.close();
    service.emit('network.changed', changed);
    expect(listener).not.toHaveBeenCalled();
  });
});
