import { describe, expect, it } from 'vitest';
import { ParleyClient } from '../api/client.ts';
import { connectFake } from '../testing/fake-transport.ts';
import { createAppStores } from './app-stores.ts';
import { currentCall, ringingCalls } from './calls.ts';
import { createSoundChoicesStore } from './sound-choices.ts';

/** Stores on a fake core, with each event taken at once. */
async function app() {
  const { core, transport } = connectFake();
  core.profile.state = 'open';
  const client = new ParleyClient(transport);
  const stores = createAppStores(client);
  client.onEvent((event) => {
    if (event.name === 'calls.changed') stores.calls.getState().changed(event.payload);
  });
  const anna = core.put('Anna', { presence: 'online' }).key;
  const boris = core.put('Boris').key;
  await stores.calls.getState().load();
  return { core, client, stores, anna, boris, calls: stores.calls.getState };
}

describe('calls', () => {
  it('are there as long as the core says so', async () => {
    const { core, anna, calls } = await app();
    const { call } = core.calls.ring(anna);
    expect(ringingCalls(calls())).toMatchObject([{ call, friend: anna, state: 'ringing' }]);
    expect(currentCall(calls())).toBeUndefined();
    await calls().decline(call);
    expect(calls().calls.size).toBe(0);
    expect(calls().lastEnded?.view).toMatchObject({ call, reason: 'declined' });
  });

  it('have their sound where they were begun or taken, before the core’s answer comes', async () => {
    const { core, anna, boris, calls, stores } = await app();
    const seen: boolean[] = [];
    stores.calls.subscribe((state) => {
      const current = currentCall(state);
      if (current !== undefined) seen.push(state.own.has(current.call));
    });
    await calls().start(anna);
    const first = currentCall(calls())!;
    await calls().end(first.call);
    const { call } = core.calls.ring(boris);
    await calls().accept(call);
    expect(currentCall(calls())?.call).toBe(call);
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.every(Boolean)).toBe(true);
  });

  it('that another window began or took have their sound there', async () => {
    const { core, anna, calls, client } = await app();
    await client.request('calls.start', { friend: anna });
    const call = currentCall(calls())!.call;
    expect(calls().own.has(call)).toBe(false);
    calls().take(call);
    expect(calls().own.has(call)).toBe(true);
    calls().lose(call);
    expect(calls().own.has(call)).toBe(false);
    core.calls.change(call, { state: 'ended', reason: 'hung-up' });
  });

  it('of both at once become the one that is left, with the sound, and nobody is told of the other', async () => {
    const { core, anna, calls } = await app();
    await calls().start(anna);
    const ours = currentCall(calls())!.call;
    const theirs = core.calls.ring(anna).call;
    core.calls.change(ours, { state: 'ended', reason: 'replaced', replacedBy: theirs });
    core.calls.change(theirs, { state: 'connecting' });
    expect(currentCall(calls())?.call).toBe(theirs);
    expect(calls().own.has(theirs)).toBe(true);
    expect(calls().lastEnded).toBeNull();
  });

  it('that ended meanwhile need no error; one that cannot be taken any more does', async () => {
    const { stores, calls } = await app();
    await calls().end('0'.repeat(32));
    expect(stores.ui.getState().toasts).toEqual([]);
    await calls().accept('0'.repeat(32));
    expect(stores.ui.getState().toasts).toHaveLength(1);
    expect(calls().own.has('0'.repeat(32))).toBe(false);
  });
});

describe('what belongs to this computer', () => {
  it('is kept, and what was kept by somebody else is not believed', () => {
    const kept = new Map<string, string>();
    const keeper = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    };
    createSoundChoicesStore(keeper).getState().choose({ input: 'abc', pushToTalk: true });
    expect(createSoundChoicesStore(keeper).getState()).toMatchObject({ input: 'abc', pushToTalk: true, talkKey: 'F9' });
    for (const text of ['no JSON', 'null', '[]', '{"input":7,"pushToTalk":"yes","talkKey":null}']) {
      kept.set('parley.sound', text);
      const { input, output, pushToTalk, talkKey } = createSoundChoicesStore(keeper).getState();
      expect({ input, output, pushToTalk, talkKey }).toEqual({
        input: '',
        output: '',
        pushToTalk: false,
        talkKey: 'F9',
      });
    }
  });
});
