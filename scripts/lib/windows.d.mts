import type { ChildProcess, StdioOptions } from 'node:child_process';

export interface AppWindow {
  readonly child: ChildProcess;
  /** Resolves when the window is gone, whoever closed it. */
  readonly closed: Promise<unknown>;
  /** Resolves when the browser is gone, and its profile with it. */
  close(): Promise<void>;
}

export interface AppWindowOptions {
  /** On the screen, in pixels of the page. */
  readonly place?: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  /** More flags of Chromium. */
  readonly flags?: readonly string[];
  readonly stdio?: StdioOptions;
}

export function hasDisplay(): boolean;
export function openAppWindow(url: string, options?: AppWindowOptions): AppWindow | undefined;
export function openInBrowser(url: string): Promise<boolean>;
