import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';

/**
 * Stands in for the `electron` module where its runtime is not: the real main and preload run against it. It keeps
 * what they ask for, and lets a test act as the system, the page or the person. What crosses IPC is cloned as IPC does.
 */

/** An event whose default can be prevented. */
export class DoubleEvent {
  prevented = false;
  readonly #more: object;
  constructor(more: object = {}) {
    this.#more = more;
    Object.assign(this, more);
  }
  preventDefault(): void {
    this.prevented = true;
  }
  get more(): object {
    return this.#more;
  }
}

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

class SafeStorage {
  backend = 'gnome_libsecret';
  available = true;

  getSelectedStorageBackend(): string {
    return this.backend;
  }

  isEncryptionAvailable(): boolean {
    return this.available;
  }

  encryptString(text: string): Buffer {
    return Buffer.from(`sealed:${text}`).reverse();
  }

  decryptString(bytes: Buffer): string {
    const text = Buffer.from(bytes).reverse().toString();
    if (!text.startsWith('sealed:')) throw new Error('not encrypted here');
    return text.slice('sealed:'.length);
  }
}

/** docs/api/system-preferences: macOS asks once, and the answer stands; Windows has a status alone, and asks nobody. */
export const systemPreferences = {
  microphone: 'granted',
  /** What the person answers. */
  answer: true,
  asked: 0,
  askForMediaAccess: async (_type: 'microphone'): Promise<boolean> => {
    if (systemPreferences.microphone === 'not-determined') {
      systemPreferences.asked += 1;
      systemPreferences.microphone = systemPreferences.answer ? 'granted' : 'denied';
    }
    return systemPreferences.microphone === 'granted';
  },
  getMediaAccessStatus: (_type: 'microphone'): string => systemPreferences.microphone,
};

interface MenuItem {
  readonly label?: string;
  readonly role?: string;
  readonly enabled?: boolean;
  readonly click?: () => void;
  readonly submenu?: readonly MenuItem[];
}

export class Menu {
  static application: Menu | undefined;
  /** Those that popped up under the pointer. */
  static shown: Menu[] = [];

  constructor(readonly items: readonly MenuItem[]) {}

  static buildFromTemplate(items: readonly MenuItem[]): Menu {
    return new Menu(items);
  }

  static setApplicationMenu(menu: Menu): void {
    Menu.application = menu;
  }

  popup(_options: { window: BrowserWindow }): void {
    Menu.shown.push(this);
  }
}

export class Tray extends EventEmitter {
  static all: Tray[] = [];
  tooltip = '';
  menu: Menu | undefined;

  constructor(readonly image: { readonly path: string }) {
    super();
    Tray.all.push(this);
  }

  setToolTip(text: string): void {
    this.tooltip = text;
  }

  setContextMenu(menu: Menu): void {
    this.menu = menu;
  }
}

interface NotificationOptions {
  readonly title: string;
  readonly body: string;
  readonly actions?: readonly { readonly type: string; readonly text: string }[];
}

export class Notification extends EventEmitter {
  /** Those that the system shows. */
  static all: Notification[] = [];

  static isSupported(): boolean {
    return true;
  }

  constructor(readonly options: NotificationOptions) {
    super();
  }

  show(): void {
    Notification.all.push(this);
  }

  close(): void {
    Notification.all = Notification.all.filter((other) => other !== this);
  }

  /** The person presses the button with these words. */
  press(words: string): void {
    const actionIndex = (this.options.actions ?? []).findIndex(({ text }) => text === words);
    if (actionIndex < 0) throw new Error(`no button ${words}`);
    this.emit('action', new DoubleEvent({ actionIndex }), actionIndex);
  }
}

export const powerSaveBlocker = {
  /** What keeps the computer awake, by its number. */
  running: new Map<number, string>(),
  start: (kind: string): number => {
    const id = powerSaveBlocker.running.size + 1;
    powerSaveBlocker.running.set(id, kind);
    return id;
  },
  stop: (id: number): boolean => powerSaveBlocker.running.delete(id),
};

export const nativeImage = {
  createFromPath: (path: string) => ({ path, isEmpty: () => double.noImages }),
};
export const app = new App();
export const ipcMain = new IpcMain();
export const ipcRenderer = new IpcRenderer();
export const protocol = new Protocol();
export const safeStorage = new SafeStorage();
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
