import { join } from 'node:path';
import { Menu, nativeImage, Tray } from 'electron';

export interface TrayOptions {
  /** Absolute path of the folder with the icons. */
  readonly folder: string;
  readonly platform: NodeJS.Platform;
  readonly show: () => void;
  readonly quit: () => void;
}

/** The icon by which a hidden Parley is found again. Undefined where the desktop has no place for one. */
export function createTray({ folder, platform, show, quit }: TrayOptions): Tray | undefined {
  // The menu bar of macOS draws a template of 16 points in its own colour; the other one would fill it from edge to edge.
  const icon = platform === 'darwin' ? 'trayTemplate.png' : 'tray.png';
  const image = nativeImage.createFromPath(join(folder, icon));
  if (image.isEmpty()) return undefined;
  const tray = new Tray(image);
  tray.setToolTip('Parley');
  tray.setContextMenu(
    Menu.buildFromTemplate([
      { label: 'Open Parley', click: show },
      { type: 'separator' },
      { label: 'Quit', click: quit },
    ]),
  );
  // On macOS a click opens the menu, and is told as well (electron pull request 24200).
  if (platform !== 'darwin') tray.on('click', show);
  return tray;
}
