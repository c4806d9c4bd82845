import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import type { Handlers } from '../../core/api/contract.ts';
import type { CoreFactory } from '../../core/node/core-factory.ts';
import { fakeCoreFactory } from '../../core/node/testing/fake-core.ts';
import type * as ElectronDouble from './electron-double.ts';

export type Double = typeof ElectronDouble;

export interface ShellSetup {
  readonly electron: Double;
  readonly cores: ReturnType<typeof fakeCoreFactory>['cores'];
  readonly folder: string;
  /** Takes back the environment; the folder goes too. */
  end(): void;
}

export interface ShellSetupOptions {
  readonly handlers?: Partial<Handlers>;
  readonly createCore?: CoreFactory;
  readonly argv?: readonly string[];
  /** Data folder; default: a fresh one. */
  readonly data?: string;
  /** Before main runs: the double is fresh. */
  readonly before?: (electron: Double) => void;
  /** Leave the app as it is before Chromium is up. */
  readonly notReady?: boolean;
}

/** Runs the real main module against a fresh double and a fake core. */
export async function runMain(options: ShellSetupOptions = {}): Promise<ShellSetup> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-shell-'));
  const { cores, createCore } = fakeCoreFactory(options.handlers);
  vi.resetModules();
  vi.doMock('../../core/node/create-core.ts', () => ({ createCore: options.createCore ?? createCore }));
  const electron = (await import('electron')) as unknown as Double;
  options.before?.(electron);
  const { argv } = process;
  process.argv = ['electron', '.', `--data=${options.data ?? join(folder, 'data')}`, ...(options.argv ?? [])];
  try {
    await import('../main.ts');
    if (options.notReady !== true) await electron.app.becomeReady();
  } finally {
    process.argv = argv;
  }
  return { electron, cores, folder, end: () => rmSync(folder, { recursive: true, force: true }) };
}
