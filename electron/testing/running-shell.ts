import { expect, vi } from 'vitest';
// Before a test pretends another system, whose binaries would be looked for.
import '@signalapp/sqlcipher';
import 'sodium-native';
import 'udx-native';
import { inviteTag, profileKey } from '../../core/ids/bytes.ts';
import { encodePublicId } from '../../core/ids/public-id.ts';
import { eventually } from '../../core/testing/eventually.ts';
import { CHANNELS } from '../ipc-channels.ts';
import { runMain, type ShellSetup, type ShellSetupOptions } from './shell-setup.ts';

/** One that a page or a mail may hold. */
export const link = `parley:${encodePublicId({ key: profileKey(new Uint8Array(32)), tag: inviteTag(new Uint8Array(4)) })}`;

const setups: ShellSetup[] = [];

/** Runs main until `endShells`. */
export async function run(options?: ShellSetupOptions): Promise<ShellSetup> {
  const setup = await runMain(options);
  setups.push(setup);
  return setup;
}

/** The same, and waits for the core, as a first request of the page does. */
export async function running(options?: ShellSetupOptions): Promise<ShellSetup> {
  const setup = await run(options);
  await setup.electron.ipcMain.call(CHANNELS.request, ['profile.get', {}]);
  return setup;
}

/** Until `endShells`. */
export function onPlatform(platform: NodeJS.Platform): void {
  vi.spyOn(process, 'platform', 'get').mockReturnValue(platform);
}

/** For `afterEach`. */
export async function endShells(): Promise<void> {
  for (const { electron, end } of setups.splice(0)) {
    electron.app.quit();
    await eventually(() => expect(electron.app.exitCode).toBeDefined());
    end();
  }
  vi.restoreAllMocks();
}
