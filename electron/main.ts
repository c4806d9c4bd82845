import { join } from 'node:path';
import {
  app,
  type BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  Notification,
  powerSaveBlocker,
  protocol,
  safeStorage,
  screen,
  session,
  shell,
  systemPreferences,
  type Tray,
} from 'electron';
import { SystemClock } from '../core/node/adapters/system-clock.ts';
import { defaultDataFolder, makeFolder } from '../core/node/cli/data-folder.ts';
import { EXIT, StartError, toStartError } from '../core/node/cli/exit-codes.ts';
import { APP_SCHEMES, serveAppPage } from './app-page.ts';
import { bindAudio } from './audio-port.ts';
import { CallNotices } from './call-notices.ts';
import { contextMenuTemplate } from './context-menu.ts';
import { type CoreHost, startCoreHost } from './core-host.ts';
import { bindIpc, sendEvent } from './ipc.ts';
import { type CallAction, CHANNELS } from './ipc-channels.ts';
import { electronKeyStore } from './key-store.ts';
import { deepLink, deepLinkIn } from './links.ts';
import { menuTemplate } from './menu.ts';
import { systemGivesMicrophone } from './microphone-access.ts';
import { MicrophoneGate } from './microphone-gate.ts';
import { forbiddenSwitch, hardenContents, hardenSession } from './security.ts';
import { parseShellOptions } from './shell-options.ts';
import { createTray } from './tray.ts';
import { showUnread } from './unread.ts';
import { createWindow, hideWindow, reviveWindow } from './window-factory.ts';
import { isOnScreen, readWindowState, writeWindowState } from './window-state.ts';

/** That of `electron-builder.yml`: Windows shows the notices of a program that it knows by it. */
const APP_ID = 'org.parley.Parley';
/** Longest wait for the core when the person quits. */
const STOP_LIMIT_MS = 2_800;
/** Most links kept for a page that is not listening yet. */
const MAX_WAITING_LINKS = 4;

/** The desktop app: one window on the page, with the core in this process. */
class DesktopShell {
  readonly #options = parseShellOptions(process.argv.slice(1), process.env);
  readonly #dataDir = this.#options.data ?? defaultDataFolder(process.platform, process.env);
  /** Chromium's own files, and where the window stood. */
  readonly #shellFolder = join(this.#dataDir, 'shell');
  readonly #stateFile = join(this.#shellFolder, 'window.json');
  readonly #page = join(import.meta.dirname, '../renderer');
  readonly #microphone = new MicrophoneGate(new SystemClock());
  #notices: CallNotices | undefined;
  #host: Promise<CoreHost> | undefined;
  #window: BrowserWindow | undefined;
  #tray: Tray | undefined;
  #links: string[] = [];
  #pageListens = false;
  /** While there is a call: what keeps this computer awake. */
  #awake: number | undefined;
  #quitting = false;

  /** What must happen before the app is ready. */
  prepare(): void {
    const bad = forbiddenSwitch(app);
    if (bad !== undefined) return this.#refuse(`Parley does not start with --${bad}.`);
    try {
      this.#keepOwnFiles();
    } catch (error) {
      return this.#couldNotStart(error);
    }
    if (!app.requestSingleInstanceLock()) return app.exit(EXIT.ok);
    if (process.platform === 'win32') app.setAppUserModelId(APP_ID);
    app.enableSandbox();
    protocol.registerSchemesAsPrivileged(APP_SCHEMES);
    hardenContents(app);
    this.#listen();
    void app.whenReady().then(() => this.#start());
  }

  /** Chromium's own files are apart from the profile's, and go with it when it is another one. */
  #keepOwnFiles(): void {
    const folder = this.#shellFolder;
    try {
      makeFolder(folder);
    } catch {
      throw new StartError(EXIT.folderUnusable, `the data folder ${this.#dataDir} cannot be used`);
    }
    app.setPath('userData', folder);
  }

  #listen(): void {
    app.on('second-instance', (_event, argv) => {
      this.#takeLink(deepLinkIn(argv));
      this.#show();
    });
    app.on('open-url', (event, url) => {
      event.preventDefault();
      this.#takeLink(deepLink(url));
    });
    app.on('activate', () => this.#show());
    // On Linux there may be no tray to find a hidden window by, so there its end is the app's end.
    app.on('window-all-closed', () => app.quit());
    app.on('before-quit', (event) => this.#beforeQuit(event));
  }

  #start(): void {
    hardenSession(session.defaultSession, {
      microphoneAllowed: () => this.#microphone.open,
      systemGivesMicrophone: () => systemGivesMicrophone(systemPreferences, process.platform),
    });
    serveAppPage(protocol, this.#page);
    if (app.isPackaged) app.setAsDefaultProtocolClient('parley');
    const devTools = !app.isPackaged;
    Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate({ platform: process.platform, devTools })));
    const keyStore = electronKeyStore(safeStorage, process.platform);
    const host = startCoreHost({ dataDir: this.#dataDir, keyStore, shell: this.#options });
    this.#host = host;
    const callNotices = this.#makeNotices();
    this.#notices = callNotices;
    bindIpc({
      ipcMain,
      dispatcher: host.then(({ dispatcher }) => dispatcher),
      clock: new SystemClock(),
      openExternal: (url) => shell.openExternal(url),
      takeDeepLinks: () => this.#giveLinks(),
      allowMicrophone: () => this.#microphone.allowTest(),
      callNotices,
      showUnread: (count) => showUnread(count, { app, tray: this.#tray }),
      showWindow: () => this.#show(),
    });
    bindAudio({ ipcMain, audio: host.then(({ core }) => core.audio), clock: new SystemClock() });
    host.then(({ core }) => this.#forwardEvents(core), this.#couldNotStart);
    this.#takeLink(deepLinkIn(process.argv));
    this.#tray = createTray({
      folder: this.#page,
      platform: process.platform,
      show: () => this.#show(),
      quit: () => app.quit(),
    });
    // The page loads while the core starts.
    this.#show();
  }

  #makeNotices(): CallNotices {
    const make = Notification.isSupported()
      ? (options: Electron.NotificationConstructorOptions) => new Notification(options)
      : undefined;
    return new CallNotices({ make, platform: process.platform, onAction: this.#callAction });
  }

  /** The page declines and accepts: it is where the call's sound will be. */
  readonly #callAction = (call: string, action: CallAction): void => {
    if (action !== 'decline') this.#show();
    this.#window?.webContents.send(CHANNELS.callAction, { call, action });
  };

  #forwardEvents(core: CoreHost['core']): void {
    core.onEvent((event) => {
      if (event.name === 'calls.changed') this.#microphone.callChanged(event.payload);
      if (event.name === 'profile.changed') this.#microphone.profileChanged(event.payload);
      this.#stayAwake(this.#microphone.inCall);
      if (this.#window !== undefined) sendEvent(this.#window, event);
    });
  }

  /** Chromium does so only while it plays something: a computer that falls asleep would end the call of two who are silent. */
  #stayAwake(wanted: boolean): void {
    if (wanted) this.#awake ??= powerSaveBlocker.start('prevent-app-suspension');
    else if (this.#awake !== undefined) {
      powerSaveBlocker.stop(this.#awake);
      this.#awake = undefined;
    }
  }

  readonly #couldNotStart = (error: unknown): void => {
    const { message, exitCode } = toStartError(error);
    dialog.showErrorBox('Parley could not start', message);
    app.exit(exitCode);
  };

  #refuse(message: string): void {
    process.stderr.write(`parley: ${message}\n`);
    app.exit(EXIT.badOption);
  }

  #show(): void {
    if (!app.isReady() || this.#host === undefined) return;
    // A new window shows itself once its page has something to show.
    if (this.#window === undefined) return this.#open();
    reviveWindow(this.#window);
    if (this.#window.isMinimized()) this.#window.restore();
    // While it was hidden its screen may have been unplugged; what fills a screen is the system's own business.
    const hidden = !this.#window.isVisible();
    if (hidden && !isOnScreen(this.#window.getNormalBounds(), workAreas())) this.#window.center();
    this.#window.show();
    this.#window.focus();
  }

  #open(): void {
    const preload = join(import.meta.dirname, 'preload.cjs');
    const icon = join(this.#page, 'icon.png');
    const state = readWindowState(this.#stateFile, workAreas());
    const window = createWindow({ preload, devTools: !app.isPackaged, icon, state });
    window.on('close', (event) => {
      this.#keepWindowState();
      if (this.#quitting || this.#tray === undefined || process.platform === 'linux') return;
      event.preventDefault();
      hideWindow(window);
    });
    // Windows ends programs with the session and says no other word (docs/api/app, `before-quit`).
    window.on('session-end', () => app.quit());
    window.webContents.on('context-menu', (_event, pressed) => {
      const items = contextMenuTemplate(pressed);
      if (items.length > 0) Menu.buildFromTemplate(items).popup({ window });
    });
    window.webContents.on('render-process-gone', () => {
      this.#pageListens = false;
    });
    window.on('closed', () => {
      this.#window = undefined;
      this.#pageListens = false;
      this.#notices?.closeAll();
    });
    this.#window = window;
  }

  #keepWindowState(): void {
    const window = this.#window;
    if (window === undefined) return;
    writeWindowState(this.#stateFile, { bounds: window.getNormalBounds(), maximized: window.isMaximized() });
  }

  #takeLink(link: string | undefined): void {
    if (link === undefined) return;
    if (this.#pageListens) this.#window?.webContents.send(CHANNELS.deepLink, link);
    else this.#links = [...this.#links, link].slice(-MAX_WAITING_LINKS);
    this.#show();
  }

  #giveLinks(): readonly string[] {
    const links = this.#links;
    this.#links = [];
    this.#pageListens = true;
    return links;
  }

  #beforeQuit(event: { preventDefault(): void }): void {
    if (this.#quitting) return;
    this.#quitting = true;
    // Leaving the app ends the window without another word.
    this.#keepWindowState();
    event.preventDefault();
    const limit = new Promise<void>((resolve) => setTimeout(resolve, STOP_LIMIT_MS));
    const stopped = Promise.resolve(this.#host).then((host) => host?.stop());
    void Promise.race([stopped.catch(() => {}), limit]).then(() => app.exit(EXIT.ok));
  }
}

function workAreas(): Electron.Rectangle[] {
  return screen.getAllDisplays().map(({ workArea }) => workArea);
}

new DesktopShell().prepare();
