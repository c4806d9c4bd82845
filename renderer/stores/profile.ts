import { createStore, type StoreApi } from 'zustand/vanilla';
import type { ProfileView } from '../../core/api/views.ts';
import type { ParleyClient } from '../api/client.ts';
import type { Failure } from '../api/transport.ts';
import { createOnce } from '../lib/once.ts';
import type { UiStore } from './ui.ts';

export interface ProfileState {
  /** Null until the core answered for the first time. */
  readonly profile: ProfileView | null;
  readonly error: Failure | null;
  /** The person is in the middle of first run: the profile exists, but its words are not yet shown to be kept. */
  readonly settingUp: boolean;
  /** The core was asked to lock the profile. */
  readonly locking: boolean;
  load(): Promise<void>;
  /** Says so where there is nothing to lock it with. */
  lock(): Promise<void>;
  changed(profile: ProfileView): void;
  setSettingUp(settingUp: boolean): void;
}

export type ProfileStore = StoreApi<ProfileState>;

export function createProfileStore(client: ParleyClient, ui: UiStore): ProfileStore {
  const once = createOnce();
  return createStore<ProfileState>((set, get) => ({
    profile: null,
    error: null,
    settingUp: false,
    locking: false,
    load: async () => {
      const outcome = await client.request('profile.get', {});
      if (outcome.ok) set({ profile: outcome.value, error: null });
      else set({ error: outcome.error });
    },
    lock: () => once('lock', () => lock({ client, ui, set, get })),
    changed: (profile) => set({ profile, error: null }),
    setSettingUp: (settingUp) => set({ settingUp }),
  }));
}

interface Parts {
  readonly client: ParleyClient;
  readonly ui: UiStore;
  readonly set: (change: Partial<ProfileState>) => void;
  readonly get: () => ProfileState;
}

async function lock({ client, ui, set, get }: Parts): Promise<void> {
  const { profile } = get();
  if (profile?.state !== 'open') return;
  const { toast, fail, during, openDialog } = ui.getState();
  if (profile.protection !== 'passphrase') {
    const action = { label: 'Set a passphrase', run: () => openDialog({ kind: 'passphrase' }) };
    return toast({ text: 'Locking needs a passphrase.', tone: 'info', action });
  }
  set({ locking: true });
  const outcome = await during('Locking…', client.request('profile.lock', {}));
  set({ locking: false });
  if (outcome.ok) await get().load();
  else fail(outcome.error);
}
