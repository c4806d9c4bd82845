import { openLine } from './sound-line.ts';
import { SoundPath } from './sound-path.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';
import type { Captured } from './worklet-messages.ts';

/*
 * Runs in a worker of its own for each call, so that sound never waits for the thread that draws. It lives as long as
 * the call is heard in this window: the page ends it, and with it go its connection, encoder and decoder.
 */
let path: SoundPath | undefined;

function begin({ call, door, worklet }: Extract<ToWorker, { kind: 'begin' }>): SoundPath {
  const path = new SoundPath({
    call,
    openLine: (options) => openLine(door, options),
    play: (frame) => worklet.postMessage(frame, [frame.pcm.buffer as ArrayBuffer]),
    tell: (message: FromWorker) => globalThis.postMessage(message),
  });
  worklet.onmessage = ({ data }: MessageEvent<Captured>) => path.captured(data);
  return path;
}

globalThis.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === 'begin') path = begin(data);
  else path?.follow(data.muted, data.tuning);
};
