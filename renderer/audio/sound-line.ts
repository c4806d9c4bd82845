import type { AudioDoor } from '../api/transport.ts';

/** How soon a connection that was lost is tried again. */
export const REOPEN_MS = 500;

export interface SoundLineOptions {
  /** It is open, or open again: what the core knew of it is forgotten. */
  readonly onOpen: () => void;
  readonly onMessage: (message: Uint8Array) => void;
}

/** The binary messages of one call's sound, to the core and from it. */
export interface SoundLine {
  /** Dropped while there is no connection: sound of a moment ago is of no use. */
  send(message: Uint8Array<ArrayBuffer>): void;
}

/** Opens the way to the core from this thread, for as long as the thread lives. */
export function openLine(door: AudioDoor, options: SoundLineOptions): SoundLine {
  return door.kind === 'port' ? openPort(door.port, options) : openSocket(door, options);
}

function openPort(port: MessagePort, { onOpen, onMessage }: SoundLineOptions): SoundLine {
  port.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (data instanceof Uint8Array) onMessage(data);
  };
  const line: SoundLine = { send: (message) => port.postMessage(message) };
  queueMicrotask(onOpen);
  return line;
}

function openSocket(
  { url, protocols }: AudioDoor & { kind: 'socket' },
  { onOpen, onMessage }: SoundLineOptions,
): SoundLine {
  let open: WebSocket | undefined;
  const connect = (): void => {
    const socket = new WebSocket(url, [...protocols]);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      open = socket;
      onOpen();
    };
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (data instanceof ArrayBuffer) onMessage(new Uint8Array(data));
    };
    socket.onclose = () => {
      open = undefined;
      setTimeout(connect, REOPEN_MS);
    };
  };
  connect();
  return { send: (message) => open?.send(message) };
}
