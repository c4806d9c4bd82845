import { createStore, type StoreApi } from 'zustand/vanilla';
import type { AsideProfile } from '../../core/api/views.ts';
import type { ConnectionStatus, Failure } from '../api/transport.ts';

/** What the right side shows. In a narrow window `home` shows the list. */
export type View =
  | { readonly kind: 'home' }
  | { readonly kind: 'chat'; readonly key: string }
  | { readonly kind: 'requests' }
  | { readonly kind: 'network' }
  | { readonly kind: 'settings' };

export type DialogState =
  | { readonly kind: 'own-id' }
  | { readonly kind: 'add-friend'; readonly text: string }
  | { readonly kind: 'friend'; readonly key: string }
  | { readonly kind: 'rename'; readonly key: string }
  | { readonly kind: 'link'; readonly url: string }
  | { readonly kind: 'words' }
  | { readonly kind: 'passphrase' }
  | { readonly kind: 'backup' }
  | { readonly kind: 'take-back'; readonly aside: AsideProfile }
  | { readonly kind: 'shortcuts' };

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: 'info' | 'error';
  readonly action?: { readonly label: string; readonly run: () => void };
  /** The friend without whom nothing comes of the action. */
  readonly friend?: string;
}

export interface Wait {
  readonly id: number;
  readonly text: string;
}

export interface UiState {
  readonly view: View;
  /** The friend whose chat is shown, or was shown last. */
  readonly lastChat: string | null;
  readonly dialog: DialogState | null;
  readonly toasts: readonly Toast[];
  /** Commands whose answer takes long, in words that say what is being done. */
  readonly waits: readonly Wait[];
  /** Last thing said to screen readers; the counter makes equal sentences heard again. */
  readonly announcement: { readonly text: string; readonly count: number };
  readonly connection: ConnectionStatus;
  /**
   * The core has not been heard of for a while, or not everything was asked for again since: what passes quickly, as who is
   * online or types, is not known then.
   */
  readonly coreLost: boolean;
  /** Everything was loaded at least once. */
  readonly loaded: boolean;
  show(view: View): void;
  openDialog(dialog: DialogState): void;
  closeDialog(): void;
  toast(toast: Omit<Toast, 'id'>): void;
  dismiss(id: number): void;
  /** Dismisses what can be done only while this friend is there. */
  dismissOf(friend: string): void;
  /** Shows a failed request in its own words. */
  fail(error: Failure): void;
  announce(text: string): void;
  /** Says so while `work` takes long; for commands whose menu or button tells nothing of it. */
  during<T>(text: string, work: Promise<T>): Promise<T>;
  reset(): void;
}

export type UiStore = StoreApi<UiState>;

/** More toasts than this hide each other; the oldest goes. */
const MAX_TOASTS = 3;
/** Whoever waits longer for a command is told so. */
const PATIENCE_MS = 1_000;

export function createUiStore(): UiStore {
  let nextId = 1;
  return createStore<UiState>((set, get) => ({
    view: { kind: 'home' },
    lastChat: null,
    dialog: null,
    toasts: [],
    waits: [],
    announcement: { text: '', count: 0 },
    connection: 'connecting',
    coreLost: false,
    loaded: false,
    show: (view) => set({ view, lastChat: view.kind === 'chat' ? view.key : get().lastChat }),
    openDialog: (dialog) => set({ dialog }),
    closeDialog: () => set({ dialog: null }),
    toast: (toast) => {
      // The same error again stands in the place of the last one.
      const others = get().toasts.filter(({ text, tone }) => tone !== 'error' || text !== toast.text);
      set({ toasts: [...others, { ...toast, id: nextId++ }].slice(-MAX_TOASTS) });
    },
    dismiss: (id) => set({ toasts: get().toasts.filter((toast) => toast.id !== id) }),
    dismissOf: (friend) => {
      const others = get().toasts.filter((toast) => toast.friend !== friend);
      if (others.length < get().toasts.length) set({ toasts: others });
    },
    fail: (error) => get().toast({ text: error.message, tone: 'error' }),
    announce: (text) => set({ announcement: { text, count: get().announcement.count + 1 } }),
    during: (text, work) => {
      const id = nextId++;
      const timer = setTimeout(() => set({ waits: [...get().waits, { id, text }] }), PATIENCE_MS);
      return work.finally(() => {
        clearTimeout(timer);
        if (get().waits.some((wait) => wait.id === id)) set({ waits: get().waits.filter((wait) => wait.id !== id) });
      });
    },
    reset: () => set({ view: { kind: 'home' }, lastChat: null, dialog: null, toasts: [] }),
  }));
}
