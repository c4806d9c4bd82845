import type { MenuItemConstructorOptions } from 'electron';

export interface MenuOptions {
  readonly platform: NodeJS.Platform;
  readonly devTools: boolean;
}

/** The app's menu. There is no reload: a page that holds drafts must not be thrown away by a key. */
export function menuTemplate({ platform, devTools }: MenuOptions): MenuItemConstructorOptions[] {
  const view: MenuItemConstructorOptions[] = [
    { role: 'resetZoom' },
    { role: 'zoomIn' },
    { role: 'zoomOut' },
    { type: 'separator' },
    { role: 'togglefullscreen' },
  ];
  const file: MenuItemConstructorOptions = { label: '&File', submenu: [{ role: 'quit' }] };
  if (devTools) view.push({ role: 'toggleDevTools' });
  return [
    // The file menu of macOS closes the window.
    ...(platform === 'darwin' ? ([{ role: 'appMenu' }, { role: 'fileMenu' }] as const) : [file]),
    { role: 'editMenu' },
    { label: '&View', submenu: view },
    { role: 'windowMenu' },
  ];
}
