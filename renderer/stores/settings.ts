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
  return createStore<SettingsState>((set) => {
    let told: Settings = DEFAULT_SETTINGS;
    /** Changes that the core has not answered, oldest first: what it tells meanwhile is without them. */
    let asked: readonly Partial<Settings>[] = [];
    const show = (settings = told): void => {
      told = settings;
      set({ settings: Object.assign({}, told, ...asked) });
    };
    return {
      settings: told,
      load: async () => {
        const outcome = await client.request('settings.get', {});
        if (outcome.ok) show(outcome.value);
      },
      changed: show,
      update: async (change) => {
        asked = [...asked, change];
        show();
        const outcome = await client.request('settings.set', change);
        asked = asked.filter((other) => other !== change);
        show(outcome.ok ? outcome.value : told);
        if (!outcome.ok) ui.getState().fail(outcome.error);
      },
    };
  });
}
