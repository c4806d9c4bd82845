// Opens Parley: in Electron where its runtime is, else the same page in a browser.
//   npm start [-- --data DIR ...]   (options as of `npm run node -- --help`)
import { spawn } from 'node:child_process';
import { ensureBuilt } from './ensure-built.mjs';
import { getElectron } from './lib/electron-runtime.mjs';
import { whenNpmIsGone } from './lib/npm-gone.mjs';
import { ROOT } from './lib/root.mjs';
import { startInWindow } from './lib/start-in-window.mjs';
import { hasDisplay, openAppWindow, openInBrowser } from './lib/windows.mjs';

const args = process.argv.slice(2);
const say = (line) => process.stdout.write(`${line}\n`);

async function startElectron(program) {
  await ensureBuilt(['electron', 'renderer']);
  // Chromium refuses to run its sandbox as the superuser; everybody else keeps it.
  const flags = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const child = spawn(program, [ROOT, ...flags, ...args], { stdio: 'inherit' });
  whenNpmIsGone(() => child.kill());
  child.once('exit', (code) => process.exit(code ?? 1));
  child.once('error', (error) => {
    process.stderr.write(`parley: Electron did not start (${error.code ?? error.name})\n`);
    process.exit(1);
  });
}

async function startInBrowser() {
  await ensureBuilt(['node', 'renderer']);
  let appWindow;
  let node;
  let ending;
  const stop = (code) => {
    ending ??= Promise.all([appWindow?.close(), node?.stop()]).then(() => process.exit(code));
    return ending;
  };
  // From the beginning on: the window is there before the node is. A node that is not ready yet ends with us.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => void stop(0));
  whenNpmIsGone(() => void stop(0));
  const open = (ui) => {
    appWindow = hasDisplay() ? openAppWindow(ui) : undefined;
    return appWindow;
  };
  ({ node } = await startInWindow([...args, '--json'], open));
  node.child.once('exit', (code) => void stop(code ?? 1));
  // The window is the app: closing it ends Parley, as it does with Electron, also when that was while the node started.
  void appWindow?.closed.then(() => stop(0));
  const opened = appWindow !== undefined || (await openInBrowser(node.ready.ui));
  say(`${opened ? 'Parley is open at' : 'There is no display here. Open'} ${node.ready.ui}`);
  say('Ctrl-C ends it.');
}

const electron = hasDisplay() ? getElectron(say) : { reason: 'there is no display' };
try {
  if (electron.program !== undefined) {
    await startElectron(electron.program);
  } else {
    say(`Electron cannot be used (${electron.reason}); the same page runs in a browser.`);
    await startInBrowser();
  }
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
