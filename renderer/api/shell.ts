import type { Unsubscribe } from '../lib/emitter.ts';
import type { CallAction, CallNotice, ElectronBridge } from './electron-transport.ts';
import type { Failure } from './transport.ts';

/** What a shell does for the page outside the contract. */
export interface Shell {
  readonly kind: 'electron' | 'browser';
  /** Opens a checked http, https or mailto link outside; the shell checks it again. `onFailure`: nothing opened. */
  openLink(url: string, onFailure: (error: Failure) => void): void;
  /** `parley:` links that the system handed over. */
  onDeepLink(listener: (link: string) => void): Unsubscribe;
  copy(text: string): Promise<boolean>;
  /** The person wants to try the microphone out: a shell that lets it be used in calls only lets it now, for a while. */
  allowMicrophone(): Promise<unknown>;
  /** How many messages are unread, for the tray and the like; the page itself shows it in its title. */
  showUnread(count: number): void;
  /** Brings the page to the front after a press on its notification. */
  showWindow(): void;
  /** Notices with buttons for calls that ring; undefined where the page's own have to do. */
  readonly callNotices: CallNotices | undefined;
}

export interface CallNotices {
  show(notice: CallNotice): void;
  /** Idempotent. */
  close(call: string): void;
  onAction(listener: (action: CallAction) => void): Unsubscribe;
}

/** The desktop shell, or an ordinary browser when there is no bridge. */
export function createShell(bridge: ElectronBridge | undefined): Shell {
  return {
    kind: bridge ? 'electron' : 'browser',
    openLink: (url, onFailure) => {
      if (bridge) void bridge.openLink(url).then((opened) => opened.ok || onFailure(opened.error));
      else window.open(url, '_blank', 'noopener,noreferrer');
    },
    onDeepLink: (listener) => bridge?.onDeepLink(listener) ?? (() => undefined),
    copy: copyText,
    allowMicrophone: async () => bridge?.allowMicrophone(),
    showUnread: (count) => void bridge?.showUnread(count),
    showWindow: () => {
      // A page cannot bring back a window that the desktop app hides.
      if (bridge) void bridge.showWindow();
      else window.focus();
    },
    callNotices: bridge && {
      show: (notice) => void bridge.showCall(notice),
      close: (call) => void bridge.closeCall(call),
      onAction: (listener) => bridge.onCallAction(listener),
    },
  };
}

async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** For pages that may not use the clipboard API, such as one in an unfocused window. */
function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'visually-hidden';
  const active = document.activeElement;
  const parent = active?.closest('dialog') ?? document.body;
  parent.append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  if (active instanceof HTMLElement) active.focus();
  return copied;
}
