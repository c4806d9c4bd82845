import { describe, expect, it } from 'vitest';
import type { ApiEvent } from '../../core/api/contract.ts';
import { type Method, requests } from '../../core/api/contract.ts';
import { connectFake } from './fake-transport.ts';
import { SCENES } from './scenes.ts';

describe('the fake core', () => {
  it('answers every parameterless request of the contract within its schema, in every scene', async () => {
    for (const [scene, prepare] of Object.entries(SCENES)) {
      if (scene === 'long') continue;
      const { core, transport } = connectFake();
      prepare(core);
      for (const method of ['profile.get', 'network.status', 'settings.get'] as const) {
        expect(await transport.request(method, {}), `${scene} ${method}`).toMatchObject({ ok: true });
      }
      for (const method of ['friends.list', 'friends.requests'] as const) {
        const ok = core.profile.state === 'open';
        expect(await transport.request(method, {}), `${scene} ${method}`).toMatchObject({ ok });
      }
    }
  });

  it('has a handler for every request', () => {
    const { core } = connectFake();
    const handlers = core.handlers();
    for (const method of Object.keys(requests) as Method[]) expect(handlers[method], method).toBeTypeOf('function');
  });

  it('refuses arguments that the contract refuses', async () => {
    const { transport } = connectFake();
    expect(await transport.request('messages.list', { friend: '' })).toMatchObject({
      ok: false,
      error: { code: 'invalid-argument' },
    });
  });

  it('pages as the contract says', async () => {
    const { core } = connectFake();
    const { key } = core.put('Ada');
    for (let i = 1; i <= 10; i++) core.history.append({ friend: key, direction: 'in', text: `${i}`, state: 'read' });
    const orders = (args: object) => core.history.list({ friend: key, ...args }).map((message) => message.order);
    expect(orders({ limit: 3 })).toEqual([8, 9, 10]);
    expect(orders({ before: 8, limit: 2 })).toEqual([6, 7]);
    expect(orders({ after: 8, limit: 9 })).toEqual([9, 10]);
    expect(orders({ around: 5, limit: 3 })).toEqual([4, 5, 6]);
  });

  it('counts revisions up by one', async () => {
    const { core, transport } = connectFake();
    const events: ApiEvent[] = [];
    transport.onEvent((event) => events.push(event));
    const { key } = core.put('Ada');
    core.receive(key, 'a');
    core.change(key, { unread: 0 });
    expect(events.map((event) => event.revision)).toEqual(events.map((_, i) => i + 1));
    expect(events.map((event) => event.name)).toEqual(['messages.received', 'friends.changed', 'friends.changed']);
  });
});
