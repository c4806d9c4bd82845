import { useCallback } from 'react';
import type { TextPlace } from '../lib/hit-places.ts';
import { type App, useApp } from './app-context.ts';

/** Shows a friend's chat, at its unread messages, its end, or around one message, with these places in it marked. */
export function openChat({ stores }: App, key: string, around?: string, places: readonly TextPlace[] = []): void {
  const unread = stores.friends.getState().friends.get(key)?.unread ?? 0;
  void stores.chat.getState().open(key, around === undefined ? { unread } : { around, places });
  const { view, show } = stores.ui.getState();
  // One that is opened takes the focus itself.
  if (view.kind === 'chat' && view.key === key && around === undefined) composer()?.focus();
  else show({ kind: 'chat', key });
}

/** Where a message to the friend of the open chat is written; not to a blocked one. */
export function composer(): HTMLElement | null {
  return document.querySelector('.composer-input');
}

/** `openChat` with the app at hand. */
export function useOpenChat(): (key: string, around?: string, places?: readonly TextPlace[]) => void {
  const app = useApp();
  return useCallback((key, around, places) => openChat(app, key, around, places), [app]);
}
