import { AUDIO_PORT } from '../../core/api/audio-port.ts';
import type { ApiEvent, Method } from '../../core/api/contract.ts';
import type { Unsubscribe } from '../lib/emitter.ts';
import { type AudioDoor, DISCONNECTED, type Outcome, type ParleyTransport } from './transport.ts';

/** A call that rings, for the system's notices. */
export interface CallNotice {
  readonly call: string;
  /** At most 200 characters each. */
  readonly title: string;
  readonly body: string;
}

/** What a person did with a notice; `open`: pressed the notice itself. */
export interface CallAction {
  readonly call: string;
  readonly action: 'accept' | 'decline' | 'open';
}

/** What the Electron preload exposes as `window.parley`: one named function a request, never a generic send. */
export interface ElectronBridge {
  readonly shell: 'electron';
  readonly requests: Readonly<Record<Method, (args: unknown) => Promise<Outcome<unknown>>>>;
  onEvent(listener: (event: ApiEvent) => void): Unsubscribe;
  openLink(url: string): Promise<Outcome<unknown>>;
  onDeepLink(listener: (link: string) => void): Unsubscribe;
  /** Opens the microphone's gate for a test in the settings. */
  allowMicrophone(): Promise<unknown>;
  /** 0 or more. */
  showUnread(count: number): Promise<unknown>;
  /** Brings the window to the front, from wherever it is hidden. */
  showWindow(): Promise<unknown>;
  /** Tells the system of a call that rings, and takes it back. Showing it twice is the same as once. */
  showCall(notice: CallNotice): Promise<unknown>;
  closeCall(call: string): Promise<unknown>;
  onCallAction(listener: (action: CallAction) => void): Unsubscribe;
  /** Asks for a new channel for the sound of calls; its end comes as the window message `AUDIO_PORT`. */
  openAudio(): void;
}

/** The bridge when this page runs in the desktop shell. */
export function electronBridge(scope: object): ElectronBridge | undefined {
  const bridge = (scope as { parley?: ElectronBridge }).parley;
  return bridge?.shell === 'electron' ? bridge : undefined;
}

/** Requests over IPC. A call that throws means that the main process is gone. */
export function electronTransport(bridge: ElectronBridge): ParleyTransport {
  return {
    openAudio: () => electronAudio(bridge),
    async request(method, args) {
      try {
        return await bridge.requests[method](args);
      } catch {
        return DISCONNECTED;
      }
    },
    onEvent: (listener) => bridge.onEvent(listener),
  };
}

/** A port cannot come over the bridge, so the preload posts it to this window. */
function electronAudio(bridge: ElectronBridge): Promise<AudioDoor> {
  return new Promise((resolve) => {
    const take = (event: MessageEvent): void => {
      const [port] = event.ports;
      if (event.source !== window || event.data !== AUDIO_PORT || port === undefined) return;
      // Whoever asked later gets the next one.
      event.stopImmediatePropagation();
      window.removeEventListener('message', take);
      resolve({ kind: 'port', port });
    };
    window.addEventListener('message', take);
    bridge.openAudio();
  });
}
