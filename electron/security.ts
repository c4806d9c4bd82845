import type { App, Session, WebContents } from 'electron';
import { isAppUrl } from './app-page.ts';

/** What the page may use without a person's question: copying text and telling of a message. */
const GRANTED = new Set<string>(['clipboard-sanitized-write', 'notifications']);
/** Ways to look into or bend the renderer from the command line. */
const FORBIDDEN_SWITCHES = [
  'remote-debugging-port',
  'remote-debugging-pipe',
  'remote-allow-origins',
  'inspect',
  'inspect-brk',
  'js-flags',
  'load-extension',
  'disable-web-security',
  'allow-file-access-from-files',
  'host-rules',
  'ignore-certificate-errors',
];

/** The switch a packaged app must not be started with, if there is one. */
export function forbiddenSwitch(app: Pick<App, 'isPackaged' | 'commandLine'>): string | undefined {
  if (!app.isPackaged) return undefined;
  return FORBIDDEN_SWITCHES.find((name) => app.commandLine.hasSwitch(name));
}

/** Given while the microphone's gate is open: to hear the microphone, and to choose where to be heard. */
const GRANTED_IN_CALLS = new Set<string>(['media', 'speaker-selection']);

export interface SessionGuards {
  /** True while the page may use the microphone (`MicrophoneGate`). */
  readonly microphoneAllowed: () => boolean;
  /** Asks the system, and through it perhaps the person (`systemGivesMicrophone`). */
  readonly systemGivesMicrophone: () => Promise<boolean>;
}

/** Takes from a session all that the page does not need: permissions, devices, downloads, and the network itself. */
export function hardenSession(session: Session, { microphoneAllowed, systemGivesMicrophone }: SessionGuards): void {
  const grants = (permission: string): boolean =>
    GRANTED.has(permission) || (GRANTED_IN_CALLS.has(permission) && microphoneAllowed());
  session.setPermissionRequestHandler((_contents, permission, callback, details) => {
    const own = details.isMainFrame && isAppUrl(details.requestingUrl);
    const sound = soundOnly(permission, 'mediaTypes' in details ? details.mediaTypes : []);
    if (!own || !grants(permission) || !sound) return callback(false);
    if (permission !== 'media') return callback(true);
    // The call may be over by the time the person has answered.
    const answer = (given: boolean): void => callback(given && microphoneAllowed());
    systemGivesMicrophone().then(answer, () => callback(false));
  });
  session.setPermissionCheckHandler((_contents, permission, origin, { mediaType }) => {
    return isAppUrl(origin) && grants(permission) && soundOnly(permission, [mediaType ?? 'audio']);
  });
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, callback) => callback({}));
  session.setBluetoothPairingHandler((_details, callback) => callback({ confirmed: false }));
  for (const event of ['select-hid-device', 'select-usb-device', 'select-serial-port'] as const) {
    session.on(event as 'select-hid-device', (chosen, _details, choose) => {
      chosen.preventDefault();
      choose(null);
    });
  }
  // Its dictionaries would come from a server.
  session.setSpellCheckerEnabled(false);
  session.webRequest.onBeforeRequest(({ url }, callback) => callback({ cancel: !isOwnRequest(url) }));
  session.on('will-download', (event, item) => {
    // The page makes backups itself; the system asks where to put them.
    if (!item.getURL().startsWith('blob:') || !isOwnRequest(item.getURL())) event.preventDefault();
  });
}

/** No camera, ever. */
function soundOnly(permission: string, types: readonly string[] | undefined): boolean {
  return permission !== 'media' || (types !== undefined && types.length > 0 && types.every((type) => type === 'audio'));
}

/** The page's own files and what it made itself. `devtools:` cannot be reached where DevTools are off. */
function isOwnRequest(url: string): boolean {
  if (url.startsWith('devtools://')) return true;
  return isAppUrl(url.startsWith('blob:') ? url.slice('blob:'.length) : url);
}

/** Holds every web page of the app, whoever made it, to the one address it was loaded with. */
export function hardenContents(app: Pick<App, 'on'>): void {
  app.on('web-contents-created', (_event, contents) => hardenOne(contents));
}

function hardenOne(contents: WebContents): void {
  for (const event of ['will-navigate', 'will-redirect', 'will-frame-navigate'] as const) {
    contents.on(event as 'will-navigate', (navigation) => navigation.preventDefault());
  }
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp');
}
