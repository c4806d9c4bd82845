import { Menu, nativeImage, Tray } from 'electron';

export interface TrayOptions {
  /** Absolute path of the icon, 32 by 32 pixels. */
  readonly icon: string;
  readonly show: () => void;
  readonly quit: () => void;
}

/** The icon by which a hidden Parley is found again. Undefined where the desktop has no place for one. */
export function createTray({ icon, show, quit }: TrayOptions): Tray | undefined {
  const image = nativeImage.createFromPath(icon);
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
  tray.on('click', show);
  return tray;
}
