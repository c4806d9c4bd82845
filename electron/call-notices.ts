import type { Notification, NotificationConstructorOptions } from 'electron';
import type { CallAction, CallNotice } from './ipc-channels.ts';

/** The buttons of a notice, in this order. macOS shows those after the first one in a menu. */
const BUTTONS = ['accept', 'decline'] as const satisfies readonly CallAction[];
const WORDS: Readonly<Record<(typeof BUTTONS)[number], string>> = { accept: 'Accept', decline: 'Decline' };
/** Calls that ring at once: one, and one that comes in during another; more is a page gone wrong. */
const MAX_NOTICES = 4;
const MAX_TEXT = 200;
const CALL_ID = /^[0-9a-f]{32}$/;

type SystemNotification = Pick<Notification, 'show' | 'close' | 'on'>;

export interface CallNoticesParts {
  /** Undefined where the system shows none. */
  readonly make: ((options: NotificationConstructorOptions) => SystemNotification) | undefined;
  readonly platform: NodeJS.Platform;
  /** The person pressed a button, or the notice itself (`open`). */
  readonly onAction: (call: string, action: CallAction) => void;
}

/**
 * Tells the system of calls that ring, since a page's own notifications have no buttons and cannot bring back a window
 * that is hidden. Electron has buttons on macOS (in signed packages) and Windows; on Linux a press opens the window.
 */
export class CallNotices {
  readonly #parts: CallNoticesParts;
  readonly #shown = new Map<string, SystemNotification>();

  constructor(parts: CallNoticesParts) {
    this.#parts = parts;
  }

  /** @returns whether it is shown: false for what is no notice, too. */
  show(value: unknown): boolean {
    const { make, platform, onAction } = this.#parts;
    const notice = checked(value);
    if (make === undefined || notice === undefined || this.#shown.size >= MAX_NOTICES) return false;
    if (this.#shown.has(notice.call)) return true;
    const { call, title, body } = notice;
    const buttons = platform === 'linux' ? [] : BUTTONS;
    const actions = buttons.map((action) => ({ type: 'button' as const, text: WORDS[action] }));
    // The page rings; the notice stays until the call rings no more.
    const shown = make({ title, body, actions, silent: true, urgency: 'critical', timeoutType: 'never' });
    const act = (action: CallAction | undefined): void => {
      this.close(call);
      if (action !== undefined) onAction(call, action);
    };
    shown.on('click', () => act('open'));
    shown.on('action', ({ actionIndex }, index) => act(buttons[actionIndex ?? index]));
    this.#shown.set(call, shown);
    shown.show();
    return true;
  }

  /** Idempotent; total. */
  close(call: unknown): void {
    if (typeof call !== 'string') return;
    const shown = this.#shown.get(call);
    this.#shown.delete(call);
    shown?.close();
  }

  /** The page is gone, or loads anew: it tells again what rings. */
  closeAll(): void {
    for (const call of [...this.#shown.keys()]) this.close(call);
  }
}

function checked(value: unknown): CallNotice | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { call, title, body } = value as Partial<Record<keyof CallNotice, unknown>>;
  if (typeof call !== 'string' || !CALL_ID.test(call)) return undefined;
  const texts = [title, body].every((text) => typeof text === 'string' && text.length <= MAX_TEXT);
  return texts ? (value as CallNotice) : undefined;
}
