import { useEffect } from 'react';
import { type CallsStore, currentCall, ringingCalls } from '../stores/calls.ts';
import { nextChat } from '../stores/friends.ts';
import { type App, useApp } from './app-context.ts';
import { closeChatSearch, searchInChat } from './chat-search.ts';
import { rowOf, searchField } from './use-home-focus.ts';
import { openChat } from './use-open-chat.ts';

/** Keys that work everywhere in the main window, each with the others that do the same. Escape goes one step back. */
export const SHORTCUTS: readonly { readonly keys: readonly string[]; readonly does: string }[] = [
  { keys: ['Ctrl+K'], does: 'Search people and messages' },
  { keys: ['Ctrl+F'], does: 'Search in the open chat' },
  { keys: ['Enter', 'Up'], does: 'In the search in a chat: older match' },
  { keys: ['Shift+Enter', 'Down'], does: 'In the search in a chat: newer match' },
  { keys: ['Alt+Down', 'Alt+Up'], does: 'Next or previous chat' },
  { keys: ['Alt+Shift+Down', 'Alt+Shift+Up'], does: 'Next or previous chat with unread messages' },
  { keys: ['Ctrl+N', 'Alt+N'], does: 'Add a friend' },
  { keys: ['Ctrl+L'], does: 'Lock the profile' },
  { keys: ['Ctrl+,'], does: 'Settings' },
  { keys: ['Ctrl+/'], does: 'Keyboard shortcuts' },
  { keys: ['Alt+A'], does: 'Take the call that rings' },
  { keys: ['Alt+H'], does: 'Hang up, or decline the call that rings' },
  { keys: ['Alt+M'], does: 'Microphone of the call off or on' },
  { keys: ['Up', 'Down'], does: 'Move in lists and between messages' },
  { keys: ['A … Z'], does: 'In the list: search for these letters; Enter opens what is found first' },
  { keys: ['Menu', 'Shift+F10'], does: 'What can be done with a message or a friend' },
  { keys: ['Enter'], does: 'Send the message (can be changed in the settings)' },
  { keys: ['Shift+Enter'], does: 'New line' },
  { keys: ['Escape'], does: 'Go one step back' },
];

export function useShortcuts(): void {
  const app = useApp();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (!event.defaultPrevented && takeKey(app, event)) event.preventDefault();
    };
    // Before dialogs and menus keep it to themselves: whoever locks has no time to close them.
    const onLockKey = (event: KeyboardEvent) => {
      const { ctrlKey, metaKey, altKey, key } = event;
      if (!(ctrlKey || metaKey) || altKey || key.toLowerCase() !== 'l') return;
      event.preventDefault();
      event.stopPropagation();
      void app.stores.profile.getState().lock();
    };
    window.addEventListener('keydown', onKeyDown);
    window.addEventListener('keydown', onLockKey, true);
    return () => {
      window.removeEventListener('keydown', onKeyDown);
      window.removeEventListener('keydown', onLockKey, true);
    };
  }, [app]);
}

/** @returns whether this key means something; in a dialog, for calls only. */
function takeKey(app: App, event: KeyboardEvent): boolean {
  const key = event.key.toLowerCase();
  const { ctrlKey, metaKey, altKey } = event;
  if (app.stores.ui.getState().dialog !== null)
    return altKey && !ctrlKey && callKey(app.stores.calls, key, event.repeat);
  return (ctrlKey || metaKey) && !altKey ? controlKey(app, key) : plainKey(app, key, event);
}

/** @returns whether this key means something together with Ctrl. */
function controlKey(app: App, key: string): boolean {
  const ui = app.stores.ui.getState();
  if (key === 'f' && ui.view.kind === 'chat') searchInChat(app, ui.view.key);
  else if (key === 'k' || key === 'f') searchEverywhere(app);
  else if (key === 'n') ui.openDialog({ kind: 'add-friend', text: '' });
  else if (key === ',') ui.show({ kind: 'settings' });
  else if (key === '/') ui.openDialog({ kind: 'shortcuts' });
  else return false;
  return true;
}

/** @returns whether this key means something alone or together with Alt. */
function plainKey(app: App, key: string, { ctrlKey, altKey, shiftKey, repeat }: KeyboardEvent): boolean {
  const ui = app.stores.ui.getState();
  if (key === 'escape' && app.stores.search.getState().within !== null) closeChatSearch(app);
  else if (key === 'escape' && ui.view.kind !== 'home') ui.show({ kind: 'home' });
  else if (ctrlKey || !altKey) return false;
  else if (key === 'n') ui.openDialog({ kind: 'add-friend', text: '' });
  else if (key === 'arrowdown' || key === 'arrowup') {
    return stepChat(app, { step: key === 'arrowdown' ? 1 : -1, unread: shiftKey });
  } else return callKey(app.stores.calls, key, repeat);
  return true;
}

function stepChat(app: App, how: { step: 1 | -1; unread: boolean }): true {
  const { view } = app.stores.ui.getState();
  const { friends } = app.stores.friends.getState();
  const next = nextChat(friends, { from: view.kind === 'chat' ? view.key : null, ...how });
  if (next === undefined) return true;
  openChat(app, next.key);
  // A row far down in a long list has to be made first.
  requestAnimationFrame(() => rowOf(next.key)?.scrollIntoView({ block: 'nearest' }));
  return true;
}

/** @returns whether there is a call for this key. Held, it means nothing more: else it would hang up one call after the other. */
function callKey(calls: CallsStore, key: string, held: boolean): boolean {
  const state = calls.getState();
  const current = currentCall(state);
  const [ringing] = ringingCalls(state);
  if (held) return ['a', 'h', 'm'].includes(key);
  if (key === 'a' && ringing !== undefined) void state.accept(ringing.call);
  else if (key === 'h' && ringing !== undefined) void state.decline(ringing.call);
  else if (key === 'h' && current !== undefined) void state.end(current.call);
  else if (key === 'm' && current !== undefined) void state.setMuted(current.call, { muted: !current.muted });
  else return false;
  return true;
}

/** What is looked for in one chat is looked for in all. In a narrow window the list has to come back first. */
export function searchEverywhere({ stores }: App): void {
  const ui = stores.ui.getState();
  stores.search.getState().setWithin(null);
  if (searchField() !== null) return enterSearch();
  ui.show({ kind: 'home' });
  requestAnimationFrame(enterSearch);
}

function enterSearch(): void {
  searchField()?.focus();
  searchField()?.select();
}
