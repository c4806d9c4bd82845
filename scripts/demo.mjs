// A private network of 20 nodes on this machine, and two people in a window each, ready to add each other.
//   npm run demo
import { join } from 'node:path';
import { ensureBuilt } from './ensure-built.mjs';
import { whenNpmIsGone } from './lib/npm-gone.mjs';
import { startReady } from './lib/ready-process.mjs';
import { ROOT } from './lib/root.mjs';
import { hasDisplay, openAppWindow } from './lib/windows.mjs';

const NODES = 20;
/** Side by side on a small laptop's screen of 1,280 by 800. */
const WINDOW = { y: 40, width: 624, height: 700 };
const PEOPLE = [
  { name: 'Alice', place: { ...WINDOW, x: 8 } },
  { name: 'Bob', place: { ...WINDOW, x: 648 } },
];
const cleanup = [];
const say = (line) => process.stdout.write(`${line}\n`);

let ending;
function end(code) {
  ending ??= Promise.allSettled(cleanup.map((task) => task())).then(() => process.exit(code));
  return ending;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void end(0));
whenNpmIsGone(() => void end(0));

async function started(file, args) {
  const running = await startReady(join(ROOT, file), args);
  cleanup.push(running.stop);
  running.child.once('exit', () => void end(1));
  return running.ready;
}

async function startPerson({ name, place }, bootstrap) {
  const options = ['--ephemeral-profile', name, '--bootstrap', bootstrap, '--host', '127.0.0.1', '--no-lan', '--json'];
  const ready = await started('scripts/node.cjs', options);
  const shown = hasDisplay() ? openAppWindow(ready.ui, { place }) : undefined;
  if (shown !== undefined) cleanup.push(shown.close);
  say(`\n${name}${shown === undefined ? ': open this address in a browser' : ''}`);
  say(`  page       ${ready.ui}`);
  say(`  public ID  ${ready.publicId}`);
}

process.env.PARLEY_LAN = 'off';
try {
  await ensureBuilt(['node', 'renderer']);
  const network = await started('scripts/network.cjs', [String(NODES)]);
  say(`A private network of ${network.nodeIds.length} nodes is up on 127.0.0.1. Nothing leaves this machine.`);
  for (const person of PEOPLE) await startPerson(person, network.bootstrap);
  say('\nCopy one public ID into the other window: "Add friend". Ctrl-C ends everything.');
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  await end(1);
}
