import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import { DoubleEvent } from './double-event.ts';

/**
 * Stands in for the `electron` module where its runtime is not: the real main and preload run against it. It keeps
 * what they ask for, and lets a test act as the system, the page or the person. What crosses IPC is cloned as IPC does.
 */

export { DoubleEvent } from './double-event.ts';
export { Menu, Notification, powerSaveBlocker, safeStorage, systemPreferences, Tray } from './system-double.ts';

type Handler = (...args: never[]) => unknown;
// biome-ignore lint/complexity/noBannedTypes: handlers of many shapes are kept as they come
type Kept = Function;

class App extends EventEmitter {
  isPackaged = false;
  ready = false;
  primary = true;
  sandboxed = false;
  exitCode: number | undefined;
  protocolClient: string | undefined;
  userModelId: string | undefined;
  badge = 0;
  readonly paths = new Map<string, string>();
  readonly switches = new Set<string>();
  readonly commandLine = { hasSwitch: (name: string) => this.switches.has(name) };
  readonly #whenReady: Promise<void>;
  #becomeReady = (): void => {};

  constructor() {
    super();
    this.#whenReady = new Promise((resolve) => {
      this.#becomeReady = resolve;
    });
  }

  whenReady(): Promise<void> {
    return this.#whenReady;
  }

  isReady(): boolean {
    return this.ready;
  }

  /** The system's part: Chromium is up. */
  async becomeReady(): Promise<void> {
    this.ready = true;
    this.#becomeReady();
    await this.#whenReady;
  }

  setPath(name: string, path: string): void {
    if (!existsSync(path)) throw new Error(`there is no ${path}`);
    this.paths.set(name, path);
  }

  requestSingleInstanceLock(): boolean {
    return this.primary;
  }

  enableSandbox(): void {
    if (this.ready) throw new Error('too late for enableSandbox');
    this.sandboxed = true;
  }

  /** Of Windows alone. */
  setAppUserModelId(id: string): void {
    if (process.platform !== 'win32') throw new Error('app.setAppUserModelId is not a function');
    this.userModelId = id;
  }

  setBadgeCount(count: number): boolean {
    this.badge = count;
    return true;
  }

  setAsDefaultProtocolClient(scheme: string): void {
    this.protocolClient = scheme;
  }

  quit(): void {
    const event = new DoubleEvent();
    this.emit('before-quit', event);
    if (event.prevented) return;
    for (const window of BrowserWindow.all) window.close();
    this.exit(0);
  }

  exit(code = 0): void {
    this.exitCode ??= code;
  }
}

export interface FrameDouble {
  url: string;
}

class WebContents extends EventEmitter {
  readonly mainFrame: FrameDouble = { url: '' };
  crashed = false;
  openHandler: ((details: { url: string }) => { action: string }) | undefined;
  webRtcPolicy: string | undefined;

  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.openHandler = handler;
  }

  setWebRTCIPHandlingPolicy(policy: string): void {
    this.webRtcPolicy = policy;
  }

  crash(): void {
    this.crashed = true;
    this.emit('render-process-gone', {}, { reason: 'crashed' });
  }

  isCrashed(): boolean {
    return this.crashed;
  }

  send(channel: string, ...args: unknown[]): void {
    ipcRenderer.emit(channel, { sender: 'never to be seen by the page' }, ...structuredClone(args));
  }
}

interface Bounds {
  x: number;
  y: number;
  width: number;
  height: number;
}

export class BrowserWindow extends EventEmitter {
  static all: BrowserWindow[] = [];
  readonly webContents = new WebContents();
  readonly loaded: string[] = [];
  visible = false;
  focused = false;
  minimized = false;
  maximized = false;
  destroyed = false;
  fullScreen = false;

  bounds: Bounds;

  constructor(
    readonly options: { webPreferences: Record<string, unknown>; show: boolean; icon: string } & Partial<Bounds>,
  ) {
    super();
    const { x = 100, y = 100, width = 0, height = 0 } = options;
    this.bounds = { x, y, width, height };
    BrowserWindow.all.push(this);
    app.emit('web-contents-created', {}, this.webContents);
  }

  async loadURL(url: string): Promise<void> {
    this.loaded.push(url);
    this.webContents.mainFrame.url = url;
    this.webContents.crashed = false;
    await double.onLoad(url);
    this.emit('ready-to-show');
  }

  show(): void {
    this.visible = true;
  }

  hide(): void {
    this.visible = false;
  }

  focus(): void {
    this.focused = true;
  }

  restore(): void {
    this.minimized = false;
  }

  getNormalBounds(): Bounds {
    return this.bounds;
  }

  center(): void {
    const [{ workArea }] = screen.getAllDisplays() as [{ workArea: Bounds }];
    const { width, height } = this.bounds;
    const [x, y] = [(workArea.width - width) / 2, (workArea.height - height) / 2];
    this.bounds = { x: workArea.x + x, y: workArea.y + y, width, height };
  }

  maximize(): void {
    this.maximized = true;
  }

  isMaximized(): boolean {
    return this.maximized;
  }

  isVisible(): boolean {
    return this.visible;
  }

  isMinimized(): boolean {
    return this.minimized;
  }

  isFullScreen(): boolean {
    return this.fullScreen;
  }

  /** docs/api/browser-window: macOS does it slowly, and tells when it is done. */
  setFullScreen(wanted: boolean): void {
    setTimeout(() => {
      this.fullScreen = wanted;
      this.emit(wanted ? 'enter-full-screen' : 'leave-full-screen');
    });
  }

  isDestroyed(): boolean {
    return this.destroyed;
  }

  close(): void {
    const event = new DoubleEvent();
    this.emit('close', event);
    if (event.prevented) return;
    this.destroyed = true;
    BrowserWindow.all = BrowserWindow.all.filter((other) => other !== this);
    this.emit('closed');
    if (BrowserWindow.all.length === 0) app.emit('window-all-closed');
  }
}

class IpcMain extends EventEmitter {
  readonly handlers = new Map<string, Handler>();

  handle(channel: string, handler: Handler): void {
    if (this.handlers.has(channel)) throw new Error(`two handlers for ${channel}`);
    this.handlers.set(channel, handler);
  }

  /** A call as it arrives from a frame; by default the main frame of the window. */
  async call(channel: string, args: readonly unknown[], from: object = {}): Promise<unknown> {
    const handler = this.handlers.get(channel);
    if (handler === undefined) throw new Error(`no handler for ${channel}`);
    const sender = BrowserWindow.all.at(-1)?.webContents;
    const event = { sender, senderFrame: sender?.mainFrame, ...from };
    return structuredClone(await (handler as Kept)(event, ...structuredClone(args)));
  }
}

/** One end of a message channel as the main process sees it. */
class PortMain extends EventEmitter {
  readonly #port: MessagePort;

  constructor(port: MessagePort) {
    super();
    this.#port = port;
  }

  start(): void {
    this.#port.onmessage = ({ data }) => this.emit('message', { data });
    this.#port.addEventListener('close', () => this.emit('close'));
  }

  postMessage(message: unknown): void {
    this.#port.postMessage(message);
  }

  close(): void {
    this.#port.close();
  }
}

class IpcRenderer extends EventEmitter {
  postMessage(channel: string, _message: unknown, ports: readonly MessagePort[]): void {
    const sender = BrowserWindow.all.at(-1)?.webContents;
    const event = { sender, senderFrame: sender?.mainFrame, ports: ports.map((port) => new PortMain(port)) };
    ipcMain.emit(channel, event);
  }

  invoke(channel: string, ...args: unknown[]): Promise<unknown> {
    return ipcMain.call(channel, args);
  }
}

class Session extends EventEmitter {
  readonly kept = new Map<string, Kept>();
  spellChecker = true;
  readonly webRequest = { onBeforeRequest: (handler: Kept) => this.kept.set('onBeforeRequest', handler) };

  readonly setPermissionRequestHandler = (handler: Kept) => this.kept.set('permissionRequest', handler);
  readonly setPermissionCheckHandler = (handler: Kept) => this.kept.set('permissionCheck', handler);
  readonly setDevicePermissionHandler = (handler: Kept) => this.kept.set('devicePermission', handler);
  readonly setDisplayMediaRequestHandler = (handler: Kept) => this.kept.set('displayMedia', handler);
  readonly setBluetoothPairingHandler = (handler: Kept) => this.kept.set('bluetooth', handler);

  setSpellCheckerEnabled(enabled: boolean): void {
    this.spellChecker = enabled;
  }

  /** Runs a kept handler that answers by callback. */
  ask<T>(name: string, ...args: unknown[]): Promise<T> {
    return new Promise((resolve) => {
      const at = name === 'permissionRequest' ? 2 : args.length;
      (this.kept.get(name) as Kept)(...args.slice(0, at), resolve, ...args.slice(at));
    });
  }
}

class Protocol {
  schemes: { scheme: string; privileges: Record<string, boolean> }[] = [];
  readonly handlers = new Map<string, (request: Request) => Promise<Response>>();

  registerSchemesAsPrivileged(schemes: Protocol['schemes']): void {
    if (app.ready) throw new Error('too late for registerSchemesAsPrivileged');
    this.schemes = schemes;
  }

  handle(scheme: string, handler: (request: Request) => Promise<Response>): void {
    this.handlers.set(scheme, handler);
  }

  /** A request as the page would make it. Node's Request would tidy the URL up, Chromium has done so before. */
  fetch(url: string, method = 'GET'): Promise<Response> {
    const handler = this.handlers.get(url.split(':')[0] ?? '');
    if (handler === undefined) return Promise.reject(new Error(`no handler for ${url}`));
    return handler({ url, method } as Request);
  }
}

export const nativeImage = {
  createFromPath: (path: string) => ({ path, isEmpty: () => double.noImages }),
};
export const app = new App();
export const ipcMain = new IpcMain();
export const ipcRenderer = new IpcRenderer();
export const protocol = new Protocol();
export const screen = {
  getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1040 } }],
};
export const session = { defaultSession: new Session() };
export const shell = {
  opened: [] as string[],
  openExternal: async (url: string): Promise<void> => void shell.opened.push(url),
};
export const dialog = {
  errors: [] as string[],
  showErrorBox: (title: string, text: string): void => void dialog.errors.push(`${title}: ${text}`),
};
export const contextBridge = {
  exposed: {} as Record<string, unknown>,
  exposeInMainWorld: (name: string, api: unknown): void => {
    contextBridge.exposed[name] = api;
  },
};

/** The test's own switches. */
export const double = {
  /** What loading a page does; by default nothing. */
  onLoad: async (_url: string): Promise<void> => {},
  /** As on a machine where the tray's picture cannot be read. */
  noImages: false,
};
