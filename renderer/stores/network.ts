import { createStore, type StoreApi } from 'zustand/vanilla';
import type { NetworkStatus } from '../../core/api/views.ts';
import type { ParleyClient } from '../api/client.ts';
import type { Failure, Outcome } from '../api/transport.ts';
import { carryingNews, USUAL_CARRYING_BYTES } from '../lib/carrying.ts';
import { createOnce } from '../lib/once.ts';
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
  /** How much to keep for others; 0: nothing. A toast offers to undo it. */
  setCarrying(bytes: number): Promise<void>;
  /** As much as before it was switched off. */
  resumeCarrying(): Promise<void>;
  reset(): void;
}

export type NetworkStore = StoreApi<NetworkState>;

export function createNetworkStore(client: ParleyClient, ui: UiStore, now: () => number = Date.now): NetworkStore {
  let loading: Promise<void> | undefined;
  let lastCarrying = USUAL_CARRYING_BYTES;
  const once = createOnce();
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
    removeBootstrap: (address) =>
      once(`remove ${address}`, async () => {
        const removed = client.request('network.removeBootstrap', { address });
        const outcome = await ui.getState().during('Removing the bootstrap node…', removed);
        if (!outcome.ok) return ui.getState().fail(outcome.error);
        await get().load();
        const action = { label: 'Undo', run: () => void get().addBootstrap(address) };
        ui.getState().toast({ text: 'The bootstrap node was removed.', tone: 'info', action });
      }),
    setCarrying: async (bytes) => {
      const before = get().status?.carried.capacity ?? lastCarrying;
      if (bytes === before) return;
      if (!(await carry({ client, ui, set, get }, bytes))) return;
      if (before > 0) lastCarrying = before;
      const action = { label: 'Undo', run: () => void carry({ client, ui, set, get }, before) };
      ui.getState().toast({ text: carryingNews(bytes), tone: 'info', action });
    },
    resumeCarrying: () => get().setCarrying(lastCarrying),
    reset: () => set({ status: null, takenAt: 0, error: null }),
  }));
}

interface Actor {
  readonly client: ParleyClient;
  readonly ui: UiStore;
  readonly set: (state: Partial<NetworkState>) => void;
  readonly get: () => NetworkState;
}

/** Shown at once, so that the control does what it was told; taken back with a message when the core refuses. */
async function carry({ client, ui, set, get }: Actor, bytes: number): Promise<boolean> {
  const { status } = get();
  if (status) set({ status: { ...status, carried: { ...status.carried, capacity: bytes } } });
  const outcome = await client.request('network.setCarrying', { bytes });
  await get().load();
  if (!outcome.ok) ui.getState().fail(outcome.error);
  return outcome.ok;
}
