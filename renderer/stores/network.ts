import { createStore, type StoreApi } from 'zustand/vanilla';
import type { NetworkStatus } from '../../core/api/views.ts';
import type { ParleyClient } from '../api/client.ts';
import type { Failure, Outcome } from '../api/transport.ts';
import type { UiStore } from './ui.ts';

export interface NetworkState {
  readonly status: NetworkStatus | null;
  /** When `status` was taken, for ages that count on by themselves. */
  readonly takenAt: number;
  readonly error: Failure | null;
  load(): Promise<void>;
  addBootstrap(address: string): Promise<Outcome<unknown>>;
  /** A toast offers to undo it. */
  removeBootstrap(address: string): Promise<void>;
  reset(): void;
}

export type NetworkStore = StoreApi<NetworkState>;

export function createNetworkStore(client: ParleyClient, ui: UiStore, now: () => number = Date.now): NetworkStore {
  let loading: Promise<void> | undefined;
  return createStore<NetworkState>((set, get) => ({
    status: null,
    takenAt: 0,
    error: null,
    load: () => {
      loading ??= client.request('network.status', {}).then((outcome) => {
        loading = undefined;
        if (outcome.ok) set({ status: outcome.value, takenAt: now(), error: null });
        else set({ error: outcome.error });
      });
      return loading;
    },
    addBootstrap: async (address) => {
      const outcome = await client.request('network.bootstrap', { address });
      await get().load();
      return outcome;
    },
    removeBootstrap: async (address) => {
      const outcome = await client.request('network.removeBootstrap', { address });
      if (!outcome.ok) return ui.getState().fail(outcome.error);
      await get().load();
      const action = { label: 'Undo', run: () => void get().addBootstrap(address) };
      ui.getState().toast({ text: 'The bootstrap node was removed.', tone: 'info', action });
    },
    reset: () => set({ status: null, takenAt: 0, error: null }),
  }));
}
