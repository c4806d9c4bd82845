import { expect, it, vi } from 'vitest';
import { eventually } from '../../core/testing/eventually.ts';
import { makeApp } from '../testing/make-app.ts';

/** An app with one of all that commands are for, and the commands by the requests that they make. */
async function commands() {
  const app = makeApp(({ core }) => {
    core.history.append({ friend: core.put('Ada').key, direction: 'out', text: 'Hello', state: 'expired' });
    core.request('Bob', 'It is me');
  });
  await eventually(() => expect(app.stores.ui.getState().loaded).toBe(true));
  const { core, stores } = app;
  const [friends, chat, calls] = [stores.friends.getState(), stores.chat.getState(), stores.calls.getState()];
  const [ada, bob] = [[...core.friends.keys()][0]!, [...core.requests.keys()][0]!];
  const message = core.history.last(ada)!;
  const { address } = core.network.bootstrap[0]!;
  return {
    app,
    choose: {
      'friends.block': () => friends.block(ada, 'Ada'),
      'friends.unblock': () => friends.unblock(ada),
      'friends.remove': () => friends.remove(ada),
      'friends.undoRemove': () => friends.undoRemove(ada),
      'friends.ignore': () => friends.ignore(bob, 'Bob'),
      'messages.delete': () => chat.remove(message),
      'messages.undoDelete': () => chat.undoRemove(message),
      'messages.cancel': () => chat.cancel(message),
      'messages.resend': () => chat.resend(message),
      'calls.start': () => calls.start(ada),
      'calls.accept': () => calls.accept(ada),
      'calls.end': () => calls.end(ada),
      'network.removeBootstrap': () => stores.network.getState().removeBootstrap(address),
    },
  };
}

const METHODS = Object.keys((await commands()).choose) as (keyof Awaited<ReturnType<typeof commands>>['choose'])[];

it.each(METHODS)('%s is asked for and told of once when it is chosen twice', async (method) => {
  const { app, choose } = await commands();
  const request = vi.spyOn(app.transport, 'request');
  await Promise.all([choose[method](), choose[method]()]);
  const asked = () => request.mock.calls.filter(([name]) => name === method);
  expect(asked()).toHaveLength(1);
  expect(app.stores.ui.getState().toasts.length).toBeLessThan(2);
  await choose[method]();
  expect(asked()).toHaveLength(2);
});
