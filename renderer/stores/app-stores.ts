import type { ParleyClient } from '../api/client.ts';
import { type CallsStore, createCallsStore } from './calls.ts';
import { type ChatStore, createChatStore } from './chat.ts';
import { Drafts } from './drafts.ts';
import { createFriendsStore, type FriendsStore } from './friends.ts';
import { createNetworkStore, type NetworkStore } from './network.ts';
import { createProfileStore, type ProfileStore } from './profile.ts';
import { createSearchStore, type SearchStore } from './search.ts';
import { createSettingsStore, type SettingsStore } from './settings.ts';
import { createSoundChoicesStore, type SoundChoicesStore } from './sound-choices.ts';
import { createUiStore, type UiStore } from './ui.ts';

/** One small store a domain: a projection of what the core says. */
export interface AppStores {
  readonly ui: UiStore;
  readonly profile: ProfileStore;
  readonly friends: FriendsStore;
  readonly chat: ChatStore;
  readonly network: NetworkStore;
  readonly settings: SettingsStore;
  readonly search: SearchStore;
  readonly calls: CallsStore;
  readonly sound: SoundChoicesStore;
  readonly drafts: Drafts;
}

export function createAppStores(client: ParleyClient): AppStores {
  const ui = createUiStore();
  const friends = createFriendsStore(client, ui);
  return {
    ui,
    profile: createProfileStore(client, ui),
    friends,
    chat: createChatStore(client, ui),
    network: createNetworkStore(client, ui),
    settings: createSettingsStore(client, ui),
    search: createSearchStore(client),
    calls: createCallsStore(client, ui, globalThis.sessionStorage),
    sound: createSoundChoicesStore(globalThis.localStorage),
    drafts: new Drafts(client, (key) => friends.getState().friends.get(key)?.draft),
  };
}
