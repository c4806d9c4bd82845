// A node and the window of its page, started at once.
import { join } from 'node:path';
import { openDoor } from './door.mjs';
import { startReady } from './ready-process.mjs';
import { ROOT } from './root.mjs';

/**
 * @param open opens a window on an address: returns { child, close }, or undefined when it cannot
 * @returns { node, appWindow }: as of `startReady` and of `open`. When the node does not start, the window is closed.
 */
export async function startInWindow(args, open) {
  const file = join(ROOT, 'scripts/node.cjs');
  // A port that the person chose is the node's to take, and to say when it is in use.
  if (args.some((arg) => arg.startsWith('--http'))) {
    const node = await startReady(file, args);
    return { node, appWindow: open(node.ready.ui) };
  }
  const door = await openDoor();
  // The browser takes longer, so it goes first.
  const appWindow = open(door.ui);
  const starting = startReady(file, args, { door });
  try {
    return { node: await starting, appWindow };
  } catch (error) {
    await appWindow?.close();
    throw error;
  }
}
