import type { ChildProcess } from 'node:child_process';

export interface ReadyProcess {
  /** What the ready line says. */
  readonly ready: { readonly ui: string };
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

export function startInWindow<W extends { close(): Promise<unknown> }>(
  args: readonly string[],
  open: (ui: string) => W | undefined,
): Promise<{ readonly node: ReadyProcess; readonly appWindow: W | undefined }>;
