// The page's address before its host is there. A node takes a moment to start, and a browser a longer one: with an address
// both can be started at once. Who asks early waits in the queue of the listening socket.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

const TOKEN_BYTES = 32;
/** Tells a node that its door comes by the channel (`core/node/host/given-door.ts`). */
export const DOOR_ENV = { PARLEY_DOOR: 'given' };

/** @returns { ui, giveTo(child) }: the page's address, and what hands the door to a node that was started with `DOOR_ENV`. */
export async function openDoor() {
  // Nobody is answered here.
  const listener = createServer((socket) => socket.destroy());
  listener.listen({ port: 0, host: '127.0.0.1' });
  await once(listener, 'listening');
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  return {
    ui: `http://127.0.0.1:${listener.address().port}/#token=${token}`,
    giveTo: (child) =>
      new Promise((resolve, reject) => {
        child.send({ token }, listener, (error) => {
          listener.close();
          if (error) reject(error);
          else resolve();
        });
      }),
  };
}
