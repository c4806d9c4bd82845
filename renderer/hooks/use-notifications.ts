import { useEffect } from 'react';
import type { EventPayload } from '../../core/api/contract.ts';
import type { RequestView } from '../../core/api/views.ts';
import { entryWords } from '../lib/call-words.ts';
import { displayName, plainLine } from '../lib/safe-text.ts';
import { type App, useApp } from './app-context.ts';
import { openChat } from './use-open-chat.ts';
import { isWindowActive } from './use-window-active.ts';

const BODY_LENGTH = 160;

/** Tells of what comes in: to the system when nobody looks, to screen readers when somebody does. */
export function useNotifications(): void {
  const app = useApp();
  useEffect(
    () =>
      app.client.onEvent((event) => {
        if (event.name === 'messages.received') messageCame(app, event.payload);
        if (event.name === 'friends.requested' && event.payload.request) requestCame(app, event.payload.request);
      }),
    [app],
  );
}

function messageCame(app: App, { friend: key, messages }: EventPayload<'messages.received'>): void {
  const friend = app.stores.friends.getState().friends.get(key);
  const last = messages[messages.length - 1];
  if (friend === undefined || last === undefined || friend.state === 'blocked') return;
  const name = displayName(friend);
  const { view, announce } = app.stores.ui.getState();
  const open = view.kind === 'chat' && view.key === key;
  const text = last.call === undefined ? plainLine(last.text) : entryWords(last.call, last.direction);
  const news = last.call === undefined ? `New message from ${name}` : `${text} from ${name}`;
  announce(open ? `${name}: ${text}` : news);
  notify(app, { title: name, text, tag: key, onClick: () => openChat(app, key) });
}

function requestCame(app: App, request: RequestView): void {
  const name = displayName(request);
  const { announce, show } = app.stores.ui.getState();
  announce(`${name} asks to be your friend`);
  notify(app, {
    title: 'Friend request',
    text: `${name}: ${plainLine(request.greeting)}`,
    tag: request.key,
    onClick: () => show({ kind: 'requests' }),
  });
}

/** Shows what the settings allow: nothing, the name, or name and text. */
function notify(app: App, what: { title: string; text: string; tag: string; onClick: () => void }): void {
  const mode = app.stores.settings.getState().settings.notifications;
  if (mode === 'off' || isWindowActive() || !('Notification' in window)) return;
  if (Notification.permission !== 'granted') return;
  const body = mode === 'name-and-text' ? what.text.slice(0, BODY_LENGTH) : 'New message';
  const notification = new Notification(what.title, { body, tag: what.tag });
  notification.onclick = () => {
    window.focus();
    notification.close();
    what.onClick();
  };
}
