import { createContext, useContext } from 'react';
import { type StoreApi, useStore } from 'zustand';
import type { ParleyClient } from '../api/client.ts';
import type { Shell } from '../api/shell.ts';
import type { Voice, VoiceState } from '../audio/voice.ts';
import type { AppStores } from '../stores/app-stores.ts';

/** What every screen may reach: the stores, the client for one-off requests, the shell, and the sound of calls. */
export interface App {
  readonly client: ParleyClient;
  readonly shell: Shell;
  readonly stores: AppStores;
  readonly voice: Voice;
}

export const AppContext = createContext<App | null>(null);

/** @throws {Error} outside of an `AppContext`, which is a mistake in the code. */
export function useApp(): App {
  const app = useContext(AppContext);
  if (app === null) throw new Error('No AppContext around this component');
  return app;
}

type StoreName = Exclude<keyof AppStores, 'drafts'>;
type State<N extends StoreName> = ReturnType<AppStores[N]['getState']>;

/** A narrow view of one store; the component renders again only when the selected value changes. */
export function useAppStore<N extends StoreName, R>(name: N, select: (state: State<N>) => R): R {
  // Each store matches its own state; TypeScript cannot follow that through the index.
  const store: unknown = useApp().stores[name];
  return useStore(store as StoreApi<State<N>>, select);
}

/** The same of the sound of the present call. */
export function useVoice<R>(select: (state: VoiceState) => R): R {
  return useStore(useApp().voice.store, select);
}
