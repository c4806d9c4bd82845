import { useEffect } from 'react';
import { type CallsStore, currentCall, ringingCalls } from '../stores/calls.ts';
import type { UiState } from '../stores/ui.ts';
import { useApp } from './app-context.ts';

type Ui = Pick<UiState, 'show' | 'view'>;

/** Keys that work everywhere in the main window. Escape goes one step back. */
export const SHORTCUTS = [
  { keys: 'Ctrl+K', does: 'Search people and messages' },
  { keys: 'Ctrl+N or Alt+N', does: 'Add a friend' },
  { keys: 'Ctrl+,', does: 'Settings' },
  { keys: 'Alt+A', does: 'Take the call that rings' },
  { keys: 'Alt+H', does: 'Hang up, or decline the call that rings' },
  { keys: 'Alt+M', does: 'Microphone of the call off or on' },
  { keys: 'Up and Down', does: 'Move in lists and between messages' },
  { keys: 'Enter', does: 'Send the message (can be changed in the settings)' },
  { keys: 'Shift+Enter', does: 'New line' },
  { keys: 'Escape', does: 'Go one step back' },
] as const;

export function useShortcuts(): void {
  const { stores } = useApp();
  useEffect(() => {
    const ui = stores.ui.getState;
    const onKeyDown = (event: KeyboardEvent) => {
      if (ui().dialog !== null || event.defaultPrevented) return;
      const key = event.key.toLowerCase();
      const control = (event.ctrlKey || event.metaKey) && !event.altKey;
      if (control && key === 'k') focusSearch(ui());
      else if ((control || event.altKey) && key === 'n') ui().openDialog({ kind: 'add-friend', text: '' });
      else if (control && key === ',') ui().show({ kind: 'settings' });
      else if (key === 'escape' && ui().view.kind !== 'home') leave(ui());
      else if (event.ctrlKey || !event.altKey || !callKey(stores.calls, key)) return;
      event.preventDefault();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [stores]);
}

/** @returns whether there is a call for this key. */
function callKey(calls: CallsStore, key: string): boolean {
  const state = calls.getState();
  const current = currentCall(state);
  const [ringing] = ringingCalls(state);
  if (key === 'a' && ringing !== undefined) void state.accept(ringing.call);
  else if (key === 'h' && ringing !== undefined) void state.decline(ringing.call);
  else if (key === 'h' && current !== undefined) void state.end(current.call);
  else if (key === 'm' && current !== undefined) void state.setMuted(current.call, { muted: !current.muted });
  else return false;
  return true;
}

/** In a narrow window the list has to come back first. */
function focusSearch(ui: Ui): void {
  if (searchField() !== null) return enterSearch();
  ui.show({ kind: 'home' });
  requestAnimationFrame(enterSearch);
}

function enterSearch(): void {
  searchField()?.focus();
  searchField()?.select();
}

function searchField(): HTMLInputElement | null {
  return document.querySelector('[data-testid=search]');
}

/** Back to the list; the focus goes to the row that was open. */
function leave(ui: Ui): void {
  const { view } = ui;
  ui.show({ kind: 'home' });
  const row = view.kind === 'chat' ? `[data-testid=friend][data-key="${view.key}"]` : '[data-testid=requests]';
  requestAnimationFrame(() => (document.querySelector<HTMLElement>(row) ?? searchField())?.focus());
}
