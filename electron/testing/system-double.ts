import { EventEmitter } from 'node:events';
import { DoubleEvent } from './double-event.ts';

/* What the double of `electron` shows of the system: its key store, leaves, menus, tray and notices. */

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

export const safeStorage = new SafeStorage();

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

  popup(_options: object): void {
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
