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
  const brief = last.call === undefined ? 'New message' : entryWords(last.call, last.direction);
  const text = last.call === undefined ? plainLine(last.text) : brief;
  announce(open ? `${name}: ${text}` : `${brief} from ${name}`);
  notify(app, { name, brief, text, tag: key, onClick: () => openChat(app, key) });
}

function requestCame(app: App, request: RequestView): void {
  const name = displayName(request);
  const { announce, show } = app.stores.ui.getState();
  announce(`${name} asks to be your friend`);
  const brief = 'Asks to be your friend';
  const greeting = plainLine(request.greeting);
  const text = greeting === '' ? brief : `${brief}: ${greeting}`;
  notify(app, { name, brief, text, tag: request.key, onClick: () => show({ kind: 'requests' }) });
}

interface News {
  readonly name: string;
  /** What there is, without a word of theirs. */
  readonly brief: string;
  readonly text: string;
  /** News with the same tag takes the place of what is shown. */
  readonly tag: string;
  readonly onClick: () => void;
}

/** Shows what the settings allow: nothing, the name, or name and text. */
function notify(app: App, what: News): void {
  const mode = app.stores.settings.getState().settings.notifications;
  if (mode === 'off' || isWindowActive() || !('Notification' in window)) return;
  if (Notification.permission !== 'granted') return;
  const body = mode === 'name-and-text' ? what.text.slice(0, BODY_LENGTH) : what.brief;
  const notification = new Notification(what.name, { body, tag: what.tag });
  notification.onclick = () => {
    app.shell.showWindow();
    notification.close();
    what.onClick();
  };
}
