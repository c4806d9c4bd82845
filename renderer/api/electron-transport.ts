import type { ApiEvent, Method } from '../../core/api/contract.ts';
import { createEmitter, type Unsubscribe } from '../lib/emitter.ts';
import { type AudioLine, DISCONNECTED, type Outcome, type ParleyTransport } from './transport.ts';

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
  openLink(url: string): Promise<unknown>;
  onDeepLink(listener: (link: string) => void): Unsubscribe;
  /** Opens the microphone's gate for a test in the settings. */
  allowMicrophone(): Promise<unknown>;
  /** Tells the system of a call that rings, and takes it back. Showing it twice is the same as once. */
  showCall(notice: CallNotice): Promise<unknown>;
  closeCall(call: string): Promise<unknown>;
  onCallAction(listener: (action: CallAction) => void): Unsubscribe;
  /** The sound of calls: binary messages from the core go to the listener, those to it are sent by the result. */
  openAudio(listener: (message: Uint8Array) => void): (message: Uint8Array) => void;
}

/** The bridge when this page runs in the desktop shell. */
export function electronBridge(scope: object): ElectronBridge | undefined {
  const bridge = (scope as { parley?: ElectronBridge }).parley;
  return bridge?.shell === 'electron' ? bridge : undefined;
}

/** Requests over IPC. A call that throws means that the main process is gone. */
export function electronTransport(bridge: ElectronBridge): ParleyTransport {
  return {
    audio: electronAudio(bridge),
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

/** The channel is opened by the first call. */
function electronAudio(bridge: ElectronBridge): AudioLine {
  const messages = createEmitter<Uint8Array>();
  let send: ((message: Uint8Array) => void) | undefined;
  return {
    send: (message) => {
      send ??= bridge.openAudio((heard) => messages.emit(heard));
      send(message);
    },
    onMessage: (listener) => messages.on(listener),
  };
}
