import { useEffect } from 'react';
import type { View } from '../stores/ui.ts';
import { useApp } from './app-context.ts';

/**
 * Whoever leaves a chat or a page, by a key, by the back button of a narrow window or by removing the friend, goes on in
 * the list: the focus, and with it the scroll position, is at what was left, else in the search field.
 */
export function useHomeFocus(): void {
  const { stores } = useApp();
  useEffect(
    () =>
      stores.ui.subscribe(({ view }, { view: left }) => {
        if (view.kind !== 'home' || left.kind === 'home') return;
        // In a narrow window the list has to come back first.
        requestAnimationFrame(() => (wayTo(left) ?? searchField())?.focus());
      }),
    [stores],
  );
}

/** What stands in the list for a view. */
function wayTo(view: View): HTMLElement | null {
  return view.kind === 'chat' ? rowOf(view.key) : document.querySelector<HTMLElement>(`[data-view="${view.kind}"]`);
}

/** The friend's row in the list, when that is shown. */
export function rowOf(key: string): HTMLElement | null {
  return document.querySelector<HTMLElement>(`[data-list-item][data-key="${key}"]`);
}

export function searchField(): HTMLInputElement | null {
  return document.querySelector('.search-field input');
}
