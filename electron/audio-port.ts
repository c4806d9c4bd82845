import type { IpcMain, IpcMainEvent, MessagePortMain } from 'electron';
import { AudioChannel } from '../core/api/audio-channel.ts';
import { MAX_AUDIO_MESSAGE_BYTES } from '../core/api/audio-messages.ts';
import type { CallAudio } from '../core/api/core-service.ts';
import { TokenBucket } from '../core/node/host/token-bucket.ts';
import type { Clock } from '../core/ports/clock.ts';
import { isOwnPage } from './ipc.ts';
import { CHANNELS } from './ipc-channels.ts';

/** Binary messages a second, and at once, as in the browser host. What is above is dropped. */
const AUDIO_PER_SECOND = 200;
const AUDIO_BURST = 400;

export interface AudioPortOptions {
  readonly ipcMain: Pick<IpcMain, 'on'>;
  readonly audio: Promise<CallAudio>;
  readonly clock: Clock;
}

/**
 * The sound of calls: the preload hands over one end of a message channel, and binary messages of the contract go both
 * ways over it. The newest channel of the page counts; the one before, of a page that was loaded anew, is closed.
 */
export function bindAudio({ ipcMain, audio, clock }: AudioPortOptions): void {
  let close: () => void = () => {};
  // A core that cannot start is told elsewhere.
  audio.catch(() => {});
  ipcMain.on(CHANNELS.audio, (event: IpcMainEvent) => {
    const [port, ...more] = event.ports;
    if (port === undefined) return;
    if (more.length > 0 || !isOwnPage(event)) {
      for (const one of event.ports) one.close();
      return;
    }
    close();
    let end = () => port.close();
    close = () => end();
    audio.then(
      (calls) => {
        end = serve(port, calls, clock);
      },
      () => port.close(),
    );
  });
}

/** Ends with the port, or with the first message that is none of the contract. @returns what ends it */
function serve(port: MessagePortMain, audio: CallAudio, clock: Clock): () => void {
  const rate = new TokenBucket({ perSecond: AUDIO_PER_SECOND, burst: AUDIO_BURST, now: clock.now() });
  const channel = new AudioChannel({ audio, send: (message) => port.postMessage(message) });
  const end = (): void => {
    channel.close();
    port.close();
  };
  port.on('close', () => channel.close());
  port.on('message', ({ data }) => {
    if (!rate.take(clock.now())) return;
    const fits = data instanceof Uint8Array && data.length <= MAX_AUDIO_MESSAGE_BYTES;
    if (!fits || !channel.receive(data)) end();
  });
  port.start();
  return end;
}
