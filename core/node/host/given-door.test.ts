import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { givenDoor } from './given-door.ts';

const TOKEN = 'a'.repeat(43);

function child(env: Record<string, string>, message?: unknown, handle?: unknown) {
  return { env, channel: {}, once: (_: 'message', tell: (...what: unknown[]) => void) => tell(message, handle) };
}

test('nobody who was not told so waits for one', () => {
  expect(givenDoor(child({}))).toBeUndefined();
  expect(givenDoor({ ...child({ PARLEY_DOOR: 'given' }), channel: undefined })).toBeUndefined();
});

test('is a listening socket and a token', async () => {
  const listener = createServer();
  expect(await givenDoor(child({ PARLEY_DOOR: 'given' }, { token: TOKEN }, listener))).toEqual({
    listener,
    token: TOKEN,
  });
});

test.each([
  [{ token: TOKEN }, undefined],
  [{ token: 'short' }, createServer()],
  [null, createServer()],
])('anything else is refused (%#)', async (message, handle) => {
  await expect(givenDoor(child({ PARLEY_DOOR: 'given' }, message, handle))).rejects.toThrow('no listening socket');
});
