import type { ApiEvent, Method } from '../../core/api/contract.ts';
import type { Unsubscribe } from '../lib/emitter.ts';
import { DISCONNECTED, type Outcome, type ParleyTransport } from './transport.ts';

/** What the Electron preload exposes as `window.parley`: one named function a request, never a generic send. */
export interface ElectronBridge {
  readonly shell: 'electron';
  readonly requests: Readonly<Record<Method, (args: unknown) => Promise<Outcome<unknown>>>>;
  onEvent(listener: (event: ApiEvent) => void): Unsubscribe;
  openLink(url: string): Promise<unknown>;
  onDeepLink(listener: (link: string) => void): Unsubscribe;
}

/** The bridge when this page runs in the desktop shell. */
export function electronBridge(scope: object): ElectronBridge | undefined {
  const bridge = (scope as { parley?: ElectronBridge }).parley;
  return bridge?.shell === 'electron' ? bridge : undefined;
}

/** Requests over IPC. A call that throws means that the main process is gone. */
export function electronTransport(bridge: ElectronBridge): ParleyTransport {
  return {
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
