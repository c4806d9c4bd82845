import { useEffect } from 'react';
import type { View } from '../stores/ui.ts';
import { useApp } from './app-context.ts';

/**
 * Whoever leaves a chat or a page, by a key, by the back button of a narrow window or by removing the friend, goes on in
 * the list: the focus, and with it the scroll position, is at what was left, which may be a message that was found, else in
 * the search field.
 */
export function useHomeFocus(): void {
  const { stores } = useApp();
  useEffect(
    () =>
      stores.ui.subscribe(({ view }, { view: left }) => {
        if (view.kind !== 'home' || left.kind === 'home') return;
        const { highlight } = stores.chat.getState();
        // In a narrow window the list has to come back first.
        requestAnimationFrame(() => enter(hitRowOf(highlight) ?? wayTo(left) ?? searchField()));
      }),
    [stores],
  );
}

/** Not at an edge of the view, where others beside it would be out of view. */
function enter(element: HTMLElement | null): void {
  const scroller = element?.closest('.sidebar-scroll')?.getBoundingClientRect();
  const place = element?.getBoundingClientRect();
  if (scroller !== undefined && place !== undefined) {
    if (place.top < scroller.top || place.bottom > scroller.bottom) element?.scrollIntoView({ block: 'center' });
  }
  element?.focus();
}

/** The message's row in the list of what was found, when it is one of that. */
function hitRowOf(id: string | null): HTMLElement | null {
  return id === null ? null : document.querySelector<HTMLElement>(`[data-list-item][data-hit="${id}"]`);
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
