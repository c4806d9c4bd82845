import { afterEach, expect, it, vi } from 'vitest';
import { failure } from '../../core/api/dispatch.ts';
import type { FakeConnection } from '../testing/fake-transport.ts';
import { makeApp } from '../testing/make-app.ts';
import { FIRST_ANSWERS_LIMIT_MS, firstAnswers } from './first-answers.ts';

afterEach(() => {
  vi.useRealTimers();
});

it('come with the friends of an open profile', async () => {
  const app = makeApp(({ core }) => core.put('Ada'));
  expect(app.stores.friends.getState().status).toBe('loading');
  await firstAnswers(app.stores);
  expect(app.stores.profile.getState().profile?.state).toBe('open');
  expect(app.stores.friends.getState().friends.size).toBe(1);
});

it.each(['locked', 'missing'] as const)('come with the word that the profile is %s', async (state) => {
  const app = makeApp(({ core }) => {
    core.profile.state = state;
  });
  await firstAnswers(app.stores);
  expect(app.stores.profile.getState().profile?.state).toBe(state);
});

it.each(['profile.get', 'friends.list'])('come also when %s fails', async (method) => {
  const app = makeApp((fake) => fail(fake, method));
  await firstAnswers(app.stores);
  expect(app.stores[method === 'profile.get' ? 'profile' : 'friends'].getState().error?.code).toBe('internal');
});

it('are waited for no longer than a moment', async () => {
  vi.useFakeTimers();
  const app = makeApp(({ transport }) => {
    transport.request = () => new Promise(() => undefined);
  });
  const done = vi.fn();
  void firstAnswers(app.stores).then(done);
  await vi.advanceTimersByTimeAsync(FIRST_ANSWERS_LIMIT_MS - 1);
  expect(done).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(done).toHaveBeenCalled();
});

function fail({ transport }: FakeConnection, failing: string): void {
  const request = transport.request.bind(transport);
  transport.request = async (method, args) =>
    method === failing ? failure('internal', 'Broken.') : request(method, args);
}
