import { useEffect } from 'react';
import type { CallView } from '../../core/api/views.ts';
import { endedWords } from '../lib/call-words.ts';
import { displayName } from '../lib/safe-text.ts';
import { ringingCalls } from '../stores/calls.ts';
import { type App, useApp } from './app-context.ts';
import { openChat } from './use-open-chat.ts';
import { isWindowActive } from './use-window-active.ts';

/** Tells of calls that begin to ring and of those that end: to the system, to screen readers, in a notice. */
export function useCallNews(): void {
  const app = useApp();
  useEffect(() => {
    const shown = new Map<string, Notification | undefined>();
    const end = app.stores.calls.subscribe((state, before) => {
      const ringing = new Map(ringingCalls(state).map((call) => [call.call, call]));
      for (const [call, notification] of shown) {
        if (ringing.has(call)) continue;
        notification?.close();
        shown.delete(call);
      }
      for (const call of ringing.values()) if (!shown.has(call.call)) shown.set(call.call, rings(app, call));
      if (state.lastEnded !== null && state.lastEnded !== before.lastEnded) ended(app, state.lastEnded.view);
    });
    return () => {
      end();
      for (const notification of shown.values()) notification?.close();
    };
  }, [app]);
}

function nameOf({ stores }: App, key: string): string {
  const friend = stores.friends.getState().friends.get(key);
  return friend === undefined ? 'Somebody' : displayName(friend);
}

/** Pressed, the notification brings the window to the front, where the call can be taken. */
function rings(app: App, { friend }: CallView): Notification | undefined {
  const name = nameOf(app, friend);
  app.stores.ui.getState().announce(`${name} is calling you`);
  const { notifications } = app.stores.settings.getState().settings;
  if (notifications === 'off' || isWindowActive() || !('Notification' in window)) return undefined;
  if (Notification.permission !== 'granted') return undefined;
  const options = { body: 'Is calling you', tag: `call-${friend}`, requireInteraction: true };
  const notification = new Notification(name, options);
  notification.onclick = () => {
    window.focus();
    openChat(app, friend);
  };
  return notification;
}

function ended(app: App, view: CallView): void {
  const text = endedWords(view, nameOf(app, view.friend));
  if (text === null) return;
  const { toast, announce } = app.stores.ui.getState();
  if (view.reason === 'hung-up') announce(text);
  else toast({ text, tone: 'info' });
}
