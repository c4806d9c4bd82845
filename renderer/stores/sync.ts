import type { ApiEvent } from '../../core/api/contract.ts';
import type { ProfileView } from '../../core/api/views.ts';
import type { ParleyClient } from '../api/client.ts';
import type { Unsubscribe } from '../lib/emitter.ts';
import type { AppStores } from './app-stores.ts';
import { createPacer } from './pacer.ts';

/** A hiccup shorter than this is not worth a word. */
export const HICCUP_MS = 800;

/**
 * Keeps the stores equal to the core: loads everything once, then follows the events; after a reconnection or a gap
 * in the revisions it loads everything again. Ends with the returned function.
 */
export function startSync(client: ParleyClient, stores: AppStores): Unsubscribe {
  let revision: number | undefined;
  let wasLost = false;
  let patience: ReturnType<typeof setTimeout> | undefined;
  const events = createPacer<ApiEvent>((event) => apply(stores, event));
  const endEvents = client.onEvent((event) => {
    const gap = revision !== undefined && event.revision !== revision + 1;
    revision = event.revision;
    events.push(event);
    if (gap) void loadAll(stores);
  });
  const endStatus = client.onStatus((connection) => {
    stores.ui.setState({ connection });
    if (connection === 'disconnected') {
      wasLost = true;
      patience ??= setTimeout(() => stores.ui.setState({ coreLost: true }), HICCUP_MS);
    }
    if (connection !== 'connected' || !wasLost) return;
    wasLost = false;
    clearTimeout(patience);
    patience = undefined;
    revision = undefined;
    // Lost again meanwhile, the next connection tells.
    void loadAll(stores).then(() => wasLost || stores.ui.setState({ coreLost: false }));
  });
  const endProfile = stores.profile.subscribe((now, before) => {
    if (now.profile?.state === 'open') stores.drafts.open(now.profile.key);
    if (now.profile !== null && before.profile !== null) followState(stores, now.profile.state, before.profile.state);
  });
  // Before the first connection the requests wait for it, and tell when none comes.
  void loadAll(stores);
  return () => {
    endEvents();
    endStatus();
    clearTimeout(patience);
    endProfile();
    events.stop();
  };
}

/** Asks for everything that is open to us in the profile's present state. */
export async function loadAll(stores: AppStores): Promise<void> {
  const { profile, settings } = stores;
  // The friends without waiting for the profile: it is open nearly always, and a round trip less shows them earlier.
  const known = profile.getState().load();
  await Promise.all([known, loadFriends(stores, known), settings.getState().load()]);
  if (profile.getState().profile?.state === 'open') await loadRest(stores);
  if (profile.getState().profile !== null) stores.ui.setState({ loaded: true });
}

async function loadOpen(stores: AppStores): Promise<void> {
  await Promise.all([loadFriends(stores), stores.settings.getState().load(), loadRest(stores)]);
}

/** `known` resolves when it is known whose friends they are. */
async function loadFriends({ friends, drafts }: AppStores, known?: Promise<void>): Promise<void> {
  const heard = drafts.asking();
  const loaded = await friends.getState().load();
  await known;
  if (loaded) heard();
}

async function loadRest(stores: AppStores): Promise<void> {
  const { network, chat, calls, search } = stores;
  await Promise.all([
    network.getState().load(),
    chat.getState().reload(),
    chat.getState().loadDeleted(),
    calls.getState().load(),
    search.getState().searchAgain(),
  ]);
}

function apply(stores: AppStores, event: ApiEvent): void {
  switch (event.name) {
    case 'profile.changed':
      return stores.profile.getState().changed(event.payload);
    case 'friends.changed':
      stores.friends.getState().friendChanged(event.payload);
      return stores.drafts.heard(event.payload.key);
    case 'friends.requested':
      return stores.friends.getState().requestChanged(event.payload);
    case 'messages.received':
      return stores.chat.getState().received(event.payload);
    case 'messages.changed':
      stores.search.getState().removed(event.payload.removed);
      return stores.chat.getState().changed(event.payload);
    case 'calls.changed':
      return stores.calls.getState().changed(event.payload);
    case 'network.changed':
      return void stores.network.getState().load();
    case 'settings.changed':
      return stores.settings.getState().changed(event.payload);
  }
}

/** The news may come as an event or as an answer, whichever is first: an answer overtakes events that are paced. */
function followState(stores: AppStores, now: ProfileView['state'], before: ProfileView['state']): void {
  if (now === 'open' && before !== 'open') void loadOpen(stores);
  if (now !== 'open' && before === 'open') forget(stores);
}

/** A locked profile leaves nothing readable in the page. */
function forget(stores: AppStores): void {
  stores.drafts.lock();
  stores.chat.getState().reset();
  stores.friends.getState().reset();
  stores.network.getState().reset();
  stores.search.getState().reset();
  stores.calls.getState().reset();
  stores.ui.getState().reset();
}
