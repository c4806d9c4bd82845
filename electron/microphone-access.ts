import type { SystemPreferences } from 'electron';

/**
 * Whether the system lets this program hear the microphone; macOS asks the person when they were never asked. Electron
 * does not look by itself: where macOS denies it, the page gets a microphone that is silent (electron issue 29861). A no
 * of macOS holds until the person takes it back in the settings and starts the program again. Linux has no such leave.
 */
export async function systemGivesMicrophone(
  preferences: Pick<SystemPreferences, 'askForMediaAccess' | 'getMediaAccessStatus'>,
  platform: NodeJS.Platform,
): Promise<boolean> {
  if (platform === 'darwin') return preferences.askForMediaAccess('microphone');
  return platform !== 'win32' || preferences.getMediaAccessStatus('microphone') !== 'denied';
}
