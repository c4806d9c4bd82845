import { useCallback } from 'react';
import type { OpenOptions } from '../stores/chat.ts';
import { type App, useApp } from './app-context.ts';

/** What was searched for and is to be marked in a message. */
type Found = Pick<OpenOptions, 'places' | 'query'>;

/** Shows a friend's chat, at its unread messages, its end, or around one message, with what was found in it marked. */
export function openChat({ stores }: App, key: string, around?: string, found: Found = {}): void {
  const unread = stores.friends.getState().friends.get(key)?.unread ?? 0;
  void stores.chat.getState().open(key, around === undefined ? { unread } : { around, ...found });
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
export function useOpenChat(): (key: string, around?: string, found?: Found) => void {
  const app = useApp();
  return useCallback((key, around, found) => openChat(app, key, around, found), [app]);
}
