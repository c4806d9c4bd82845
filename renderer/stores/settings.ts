import { createStore, type StoreApi } from 'zustand/vanilla';
import { DEFAULT_SETTINGS, type Settings } from '../../core/api/views.ts';
import type { ParleyClient } from '../api/client.ts';
import type { UiStore } from './ui.ts';

export interface SettingsState {
  readonly settings: Settings;
  load(): Promise<void>;
  changed(settings: Settings): void;
  /** Shown at once; taken back with a message when the core refuses. */
  update(change: Partial<Settings>): Promise<void>;
}

export type SettingsStore = StoreApi<SettingsState>;

export function createSettingsStore(client: ParleyClient, ui: UiStore): SettingsStore {
  return createStore<SettingsState>((set, get) => ({
    settings: DEFAULT_SETTINGS,
    load: async () => {
      const outcome = await client.request('settings.get', {});
      if (outcome.ok) set({ settings: outcome.value });
    },
    changed: (settings) => set({ settings }),
    update: async (change) => {
      const before = get().settings;
      set({ settings: { ...before, ...change } });
      const outcome = await client.request('settings.set', change);
      if (outcome.ok) return set({ settings: outcome.value });
      set({ settings: before });
      ui.getState().fail(outcome.error);
    },
  }));
}
