import { createStore, type StoreApi } from 'zustand/vanilla';
import type { ProfileView } from '../../core/api/views.ts';
import type { ParleyClient } from '../api/client.ts';
import type { Failure } from '../api/transport.ts';

export interface ProfileState {
  /** Null until the core answered for the first time. */
  readonly profile: ProfileView | null;
  readonly error: Failure | null;
  /** The person is in the middle of first run: the profile exists, but its words are not yet shown to be kept. */
  readonly settingUp: boolean;
  load(): Promise<void>;
  changed(profile: ProfileView): void;
  setSettingUp(settingUp: boolean): void;
}

export type ProfileStore = StoreApi<ProfileState>;

export function createProfileStore(client: ParleyClient): ProfileStore {
  return createStore<ProfileState>((set) => ({
    profile: null,
    error: null,
    settingUp: false,
    load: async () => {
      const outcome = await client.request('profile.get', {});
      if (outcome.ok) set({ profile: outcome.value, error: null });
      else set({ error: outcome.error });
    },
    changed: (profile) => set({ profile, error: null }),
    setSettingUp: (settingUp) => set({ settingUp }),
  }));
}
