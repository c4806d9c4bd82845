import { BrowserWindow, type BrowserWindowConstructorOptions } from 'electron';
import { PAGE_URL } from './app-page.ts';
import type { WindowState } from './window-state.ts';

export interface WindowOptions {
  /** Absolute path of the built preload. */
  readonly preload: string;
  /** DevTools are for developers: off in a package. */
  readonly devTools: boolean;
  /** Absolute path of the window's icon. */
  readonly icon: string;
  /** Where it stood the last time; left out: in the middle. */
  readonly state?: WindowState;
}

/** A page that dies again so soon is not loaded once more. */
const CRASH_PAUSE_MS = 10_000;

/** Every guard of Electron's security guide, in one place: no other file makes a window (a lint rule sees to it). */
export function webPreferences({
  preload,
  devTools,
}: WindowOptions): BrowserWindowConstructorOptions['webPreferences'] {
  return {
    preload,
    devTools,
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    spellcheck: false,
    safeDialogs: true,
  };
}

/** The window of the app, showing the page as soon as it has something to show. */
export function createWindow(options: WindowOptions): BrowserWindow {
  const window = new BrowserWindow({
    width: 1080,
    height: 760,
    ...options.state?.bounds,
    minWidth: 360,
    minHeight: 480,
    show: false,
    autoHideMenuBar: true,
    title: 'Parley',
    icon: options.icon,
    webPreferences: webPreferences(options),
  });
  window.once('ready-to-show', () => {
    if (options.state?.maximized) window.maximize();
    window.show();
  });
  reloadAfterCrash(window);
  loadPage(window);
  return window;
}

/** A page that cannot be loaded has crashed on the way, which is told as such. */
function loadPage(window: BrowserWindow): void {
  window.loadURL(PAGE_URL).catch(() => {});
}

/** For a window that the person asks for: its page may lie dead, after two crashes in a row. */
export function reviveWindow(window: BrowserWindow): void {
  if (window.webContents.isCrashed()) loadPage(window);
}

/** A window that fills the screen of macOS leaves it black when it is hidden (electron issue 20263). */
export function hideWindow(window: BrowserWindow): void {
  if (!window.isFullScreen()) return window.hide();
  window.once('leave-full-screen', () => window.hide());
  window.setFullScreen(false);
}

function reloadAfterCrash(window: BrowserWindow): void {
  let lastCrash = Number.NEGATIVE_INFINITY;
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    const now = performance.now();
    const again = now - lastCrash < CRASH_PAUSE_MS;
    lastCrash = now;
    if (reason !== 'clean-exit' && !again) loadPage(window);
  });
}
