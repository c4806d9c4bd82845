import { contextBridge, type IpcRendererEvent, ipcRenderer } from 'electron';
import { AUDIO_PORT } from '../core/api/audio-port.ts';
import { requests } from '../core/api/contract.ts';
import { CHANNELS } from './ipc-channels.ts';

/** What the page gets: one function a request, and nothing that would send anything else. */
const calls = Object.keys(requests).map((method) => [
  method,
  (args: unknown) => ipcRenderer.invoke(CHANNELS.request, method, args),
]);

/** The listener never sees Electron's event, whose `sender` would be the generic send. */
function listen(channel: string, listener: (value: unknown) => void): () => void {
  const forward = (_event: IpcRendererEvent, value: unknown): void => listener(value);
  ipcRenderer.on(channel, forward);
  return () => {
    ipcRenderer.removeListener(channel, forward);
  };
}

/**
 * The sound of calls has a channel of its own, from main to a worker of the page, so that it never waits behind an
 * answer or a page that draws. A port cannot pass the bridge: it goes to our own window as a message. Main takes nothing
 * but the contract's bytes from it.
 */
function openAudio(): void {
  const { port1, port2 } = new MessageChannel();
  ipcRenderer.postMessage(CHANNELS.audio, null, [port2]);
  window.postMessage(AUDIO_PORT, location.origin, [port1]);
}

contextBridge.exposeInMainWorld('parley', {
  shell: 'electron',
  requests: Object.fromEntries(calls),
  onEvent: (listener: (event: unknown) => void) => listen(CHANNELS.event, listener),
  allowMicrophone: () => ipcRenderer.invoke(CHANNELS.allowMicrophone),
  openAudio,
  showCall: (notice: unknown) => ipcRenderer.invoke(CHANNELS.showCall, notice),
  closeCall: (call: unknown) => ipcRenderer.invoke(CHANNELS.closeCall, call),
  onCallAction: (listener: (action: unknown) => void) => listen(CHANNELS.callAction, listener),
  showUnread: (count: unknown) => ipcRenderer.invoke(CHANNELS.showUnread, count),
  showWindow: () => ipcRenderer.invoke(CHANNELS.showWindow),
  openLink: (url: unknown) => ipcRenderer.invoke(CHANNELS.openLink, url),
  onDeepLink: (listener: (link: unknown) => void) => {
    const end = listen(CHANNELS.deepLink, listener);
    void ipcRenderer.invoke(CHANNELS.takeDeepLinks).then((taken: { ok: boolean; value?: readonly string[] }) => {
      for (const link of taken.value ?? []) listener(link);
    });
    return end;
  },
});
