import { useEffect } from 'react';
import type { CallView } from '../../core/api/views.ts';
import { endedWords } from '../lib/call-words.ts';
import { displayName } from '../lib/safe-text.ts';
import { ringingCalls } from '../stores/calls.ts';
import { type App, useApp } from './app-context.ts';
import { isWindowActive } from './use-window-active.ts';

/** Takes the notice of a call back; idempotent. */
type CloseNotice = () => void;

/** Tells of calls that begin to ring and of those that end: to the system, to screen readers, in a notice. */
export function useCallNews(): void {
  const app = useApp();
  useEffect(() => {
    const shown = new Map<string, CloseNotice>();
    const end = app.stores.calls.subscribe((state, before) => {
      const ringing = new Map(ringingCalls(state).map((call) => [call.call, call]));
      for (const [call, close] of shown) {
        if (ringing.has(call)) continue;
        close();
        shown.delete(call);
      }
      for (const call of ringing.values()) if (!shown.has(call.call)) shown.set(call.call, rings(app, call));
      if (state.lastEnded !== null && state.lastEnded !== before.lastEnded) ended(app, state.lastEnded.view);
    });
    const endActions = app.shell.callNotices?.onAction(({ call, action }) => {
      const calls = app.stores.calls.getState();
      if (action === 'accept') void calls.accept(call);
      else if (action === 'decline') void calls.decline(call);
      else calls.want(call);
    });
    return () => {
      end();
      endActions?.();
      for (const close of shown.values()) close();
    };
  }, [app]);
}

function nameOf({ stores }: App, key: string): string {
  const friend = stores.friends.getState().friends.get(key);
  return friend === undefined ? 'Somebody' : displayName(friend);
}

const BODY = 'Is calling you';
/** What the shell takes as a title. */
const TITLE_LENGTH = 200;

/** Pressed, the notice brings the window to the front, where the call can be taken with Enter. */
function rings(app: App, { call, friend }: CallView): CloseNotice {
  const name = nameOf(app, friend);
  app.stores.ui.getState().announce(`${name} is calling you`);
  const { notifications } = app.stores.settings.getState().settings;
  if (notifications === 'off' || isWindowActive()) return () => undefined;
  const { callNotices } = app.shell;
  if (callNotices === undefined) return notifyByPage(app, { call, friend, name });
  callNotices.show({ call, title: name.slice(0, TITLE_LENGTH), body: BODY });
  return () => callNotices.close(call);
}

/** Without buttons: those need a service worker, a second program with a life of its own for this page. */
function notifyByPage(app: App, { call, friend, name }: { call: string; friend: string; name: string }): CloseNotice {
  if (!('Notification' in window) || Notification.permission !== 'granted') return () => undefined;
  const notification = new Notification(name, { body: BODY, tag: `call-${friend}`, requireInteraction: true });
  notification.onclick = () => {
    app.shell.showWindow();
    app.stores.calls.getState().want(call);
  };
  return () => notification.close();
}

function ended(app: App, view: CallView): void {
  const text = endedWords(view, nameOf(app, view.friend));
  if (text === null) return;
  const { toast, announce } = app.stores.ui.getState();
  if (view.reason === 'hung-up') announce(text);
  else toast({ text, tone: 'info' });
}
