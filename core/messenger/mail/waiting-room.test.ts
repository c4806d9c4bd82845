import { expect, it } from 'vitest';
import { VirtualClock } from '../../testing/virtual-clock.ts';
import { type Held, WaitingRoom } from './waiting-room.ts';

const LETTERS = 1_000;

/** Each says that one message before it is missing, which never comes. */
function letter(number: number): Held<number> {
  const seq = 2 * number;
  const message = { id: new Uint8Array(16), seq, sentAt: 1, text: '' };
  const body = { device: new Uint8Array(8), openFrom: seq - 1, messages: [message] };
  return { chat: 'chat', body, bytes: 848, ticket: number };
}

it('is not kept busy by letters of which each misses another one, and lets them in, in order, in the end', async () => {
  const world = new VirtualClock();
  let asked = 0;
  const admitted: number[] = [];
  const missing = () => {
    asked++;
    return 1;
  };
  const room = new WaitingRoom<number>(world.node(0), { missing, admit: ({ ticket }) => admitted.push(ticket) });
  const numbers = Array.from({ length: LETTERS }, (_, i) => 1 + ((i * 7) % LETTERS));
  for (const number of numbers) expect(room.offer(letter(number))).toBe(true);
  asked = 0;
  for (let i = 0; i < 100; i++) room.stored('chat');
  expect(asked).toBeLessThan(100 * 100);
  await world.runFor(30_000);
  expect(admitted).toEqual([...numbers].sort((a, b) => a - b));
  expect(room.isEmpty).toBe(true);
});
