import { flushSync } from 'react-dom';
import type { App } from './app-context.ts';
import { composer, openChat } from './use-open-chat.ts';

/** Searches in a friend's chat, from what is highlighted there on; begun already, to its field. */
export function searchInChat(app: App, friend: string): void {
  const { search, chat, ui } = app.stores;
  const { view } = ui.getState();
  const open = view.kind === 'chat' && view.key === friend;
  // What is typed next is meant for the field, which is there at once therefore.
  flushSync(() => {
    search.getState().setWithin(friend, open ? chat.getState().highlight : null);
    if (!open) openChat(app, friend);
  });
  const field = document.querySelector<HTMLInputElement>('.chat-search input');
  field?.focus();
  field?.select();
}

/** The person goes on writing, at the place that was found. */
export function closeChatSearch({ stores }: App): void {
  stores.search.getState().reset();
  stores.chat.getState().mark(null);
  const next = composer() ?? document.querySelector<HTMLElement>('.history-scroller');
  next?.focus({ preventScroll: true });
}
