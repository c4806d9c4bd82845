import type { IpcMain, IpcMainInvokeEvent } from 'electron';
import type { ApiEvent } from '../core/api/contract.ts';
import { type Dispatcher, failure, type TaggedResult } from '../core/api/dispatch.ts';
import { TokenBucket } from '../core/node/host/token-bucket.ts';
import type { Clock } from '../core/ports/clock.ts';
import { isAppUrl } from './app-page.ts';
import { CHANNELS } from './ipc-channels.ts';
import { externalUrl } from './links.ts';

/** A person clicks; more than this a second is a page gone wrong. */
const LINKS_PER_SECOND = 1;
const LINK_BURST = 3;

export interface IpcOptions {
  readonly ipcMain: Pick<IpcMain, 'handle'>;
  /** Requests that come before the core is up wait for it. */
  readonly dispatcher: Promise<Dispatcher>;
  readonly clock: Clock;
  /** Hands a checked URL to the system. */
  readonly openExternal: (url: string) => Promise<void>;
  /** Links that came before the page listened; each is given out once. */
  readonly takeDeepLinks: () => readonly string[];
  /** The person tries the microphone out in the settings. */
  readonly allowMicrophone: () => void;
  /** Notices of calls that ring; they check what they get. */
  readonly callNotices: { show(notice: unknown): boolean; close(call: unknown): void };
  /** Checks what it gets. */
  readonly showUnread: (count: unknown) => void;
  /** The person pressed a notification of the page. */
  readonly showWindow: () => void;
}

/**
 * The contract over IPC: every call is checked for its sender (main frame, own origin), then by the dispatcher for
 * name, arguments and result. Nothing thrown in here reaches the page as such.
 */
export function bindIpc({
  ipcMain,
  dispatcher,
  clock,
  openExternal,
  takeDeepLinks,
  allowMicrophone,
  callNotices,
  showUnread,
  showWindow,
}: IpcOptions): void {
  const links = new TokenBucket({ perSecond: LINKS_PER_SECOND, burst: LINK_BURST, now: clock.now() });
  // A core that cannot start is told elsewhere; without a request nobody else would look at this promise.
  dispatcher.catch(() => {});
  const handle = (channel: string, run: (...args: readonly unknown[]) => Promise<TaggedResult>): void => {
    ipcMain.handle(channel, (event: IpcMainInvokeEvent, ...args: unknown[]): Promise<TaggedResult> => {
      if (isOwnPage(event)) return run(...args);
      return Promise.resolve(failure('unauthorised', 'This page may not call Parley.'));
    });
  };
  handle(CHANNELS.request, async (method, args) => {
    try {
      return await (await dispatcher).call(method, args);
    } catch {
      return failure('shutting-down', 'Parley could not start.');
    }
  });
  handle(CHANNELS.openLink, async (text) => {
    const url = externalUrl(text);
    if (url === undefined) return failure('invalid-argument', 'This link cannot be opened.');
    if (!links.take(clock.now())) return failure('too-many-requests', 'Too many links were opened at once.');
    try {
      await openExternal(url);
    } catch {
      return failure('internal', 'This system has no program that opens this link.');
    }
    return { ok: true, value: {} };
  });
  handle(CHANNELS.allowMicrophone, async () => {
    allowMicrophone();
    return { ok: true, value: {} };
  });
  handle(CHANNELS.showCall, async (notice) => ({ ok: true, value: callNotices.show(notice) }));
  handle(CHANNELS.closeCall, async (call) => {
    callNotices.close(call);
    return { ok: true, value: {} };
  });
  handle(CHANNELS.showUnread, async (count) => {
    showUnread(count);
    return { ok: true, value: {} };
  });
  handle(CHANNELS.showWindow, async () => {
    showWindow();
    return { ok: true, value: {} };
  });
  handle(CHANNELS.takeDeepLinks, async () => ({ ok: true, value: takeDeepLinks() }));
}

/** A window as far as events go. */
export interface EventTarget {
  isDestroyed(): boolean;
  readonly webContents: { send(channel: string, ...args: unknown[]): void };
}

export function sendEvent(target: EventTarget, event: ApiEvent): void {
  if (!target.isDestroyed()) target.webContents.send(CHANNELS.event, event);
}

/** A frame inside the page, and a page of another origin, have no business here. */
export function isOwnPage({ senderFrame, sender }: Pick<IpcMainInvokeEvent, 'senderFrame' | 'sender'>): boolean {
  return senderFrame !== null && senderFrame === sender.mainFrame && isAppUrl(senderFrame.url);
}
