import { useEffect } from 'react';
import { useApp } from './app-context.ts';

/** Keys that work everywhere in the main window. Escape goes one step back. */
export const SHORTCUTS = [
  { keys: 'Ctrl+K', does: 'Search people and messages' },
  { keys: 'Ctrl+N or Alt+N', does: 'Add a friend' },
  { keys: 'Ctrl+,', does: 'Settings' },
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
      if (control && key === 'k') focusSearch();
      else if ((control || event.altKey) && key === 'n') ui().openDialog({ kind: 'add-friend', text: '' });
      else if (control && key === ',') ui().show({ kind: 'settings' });
      else if (key === 'escape' && ui().view.kind !== 'home') leave(ui());
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [stores]);
}

function focusSearch(): void {
  const search = document.querySelector<HTMLInputElement>('[data-testid=search]');
  search?.focus();
  search?.select();
}

/** Back to the list; the focus goes to the row that was open. */
function leave(ui: { show: (view: { kind: 'home' }) => void }): void {
  const row = document.querySelector<HTMLElement>('.sidebar [aria-current=page]');
  ui.show({ kind: 'home' });
  requestAnimationFrame(() => {
    if (row?.isConnected) row.focus();
    else focusSearch();
  });
}
