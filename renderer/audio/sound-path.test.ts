import { afterEach, describe, expect, it, vi } from 'vitest';
import { readClientAudio, writeCoreAudio } from '../../core/api/audio-messages.ts';
import { eventually } from '../../core/testing/eventually.ts';
import { openLine, REOPEN_MS, type SoundLineOptions } from './sound-line.ts';
import { SoundPath } from './sound-path.ts';
import type { FromWorker } from './worker-messages.ts';
import type { ToSpeaker } from './worklet-messages.ts';

const CALL = '0123456789abcdef'.repeat(2);
const OTHER = 'f'.repeat(32);
const SILENCE = { kind: 'audio', call: CALL, silence: true, clock: 1920, opus: new Uint8Array(0) } as const;

function begin() {
  const sent: unknown[] = [];
  const played: ToSpeaker[] = [];
  const told: FromWorker[] = [];
  let line: SoundLineOptions | undefined;
  const path = new SoundPath({
    call: CALL,
    openLine: (options) => {
      line = options;
      return { send: (message) => sent.push(readClientAudio(message)) };
    },
    play: (frame) => played.push(frame),
    tell: (message) => told.push(message),
  });
  return { sent, played, told, path, line: line! };
}

describe('the sound of a call in the worker', () => {
  it('attaches as often as the way to the core is opened', () => {
    const { sent, line } = begin();
    line.onOpen();
    line.onOpen();
    expect(sent).toEqual([
      { kind: 'attach', call: CALL },
      { kind: 'attach', call: CALL },
    ]);
  });

  it('plays what comes for this call, and nothing else', () => {
    const { played, line } = begin();
    line.onMessage(writeCoreAudio({ ...SILENCE, sequence: 2 }));
    line.onMessage(writeCoreAudio({ ...SILENCE, call: OTHER, sequence: 3 }));
    line.onMessage(Uint8Array.of(3, 0, 1));
    expect(played).toMatchObject([{ sequence: 2, clock: 1920, silence: true }]);
  });

  it('sends the microphone only when the core has said how, and silence while muted', () => {
    const { sent, path } = begin();
    const frame = (clock: number) => ({ clock, pcm: new Float32Array(960).fill(0.3) });
    path.captured(frame(0));
    path.follow(true, { bitRate: 32_000, constantRate: false });
    path.captured(frame(960));
    expect(sent).toEqual([{ ...SILENCE, clock: 960 }]);
  });

  it('tells when another window took it; that the call is over is told elsewhere', () => {
    const { told, line } = begin();
    line.onMessage(writeCoreAudio({ kind: 'detached', call: CALL, why: 'over' }));
    line.onMessage(writeCoreAudio({ kind: 'detached', call: CALL, why: 'replaced' }));
    expect(told).toEqual(['replaced']);
  });
});

class FakeSocket {
  static made: FakeSocket[] = [];
  binaryType = 'blob';
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  readonly sent: unknown[] = [];
  readonly asked: unknown[];
  constructor(...asked: unknown[]) {
    this.asked = asked;
    FakeSocket.made.push(this);
  }
  send(message: unknown): void {
    this.sent.push(message);
  }
}

describe('the way to the core', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  it('is a connection that is opened again when it was lost; what is said meanwhile is dropped', async () => {
    vi.useFakeTimers();
    FakeSocket.made = [];
    vi.stubGlobal('WebSocket', FakeSocket);
    const [onOpen, onMessage] = [vi.fn(), vi.fn()];
    const line = openLine(
      { kind: 'socket', url: 'ws://here/rpc', protocols: ['parley.audio', 'token.x'] },
      { onOpen, onMessage },
    );
    const [first] = FakeSocket.made;
    expect(first!.asked).toEqual(['ws://here/rpc', ['parley.audio', 'token.x']]);
    expect(first!.binaryType).toBe('arraybuffer');
    line.send(Uint8Array.of(1));
    first!.onopen?.();
    line.send(Uint8Array.of(2));
    first!.onmessage?.({ data: Uint8Array.of(3).buffer });
    first!.onmessage?.({ data: 'text' });
    first!.onclose?.();
    line.send(Uint8Array.of(4));
    await vi.advanceTimersByTimeAsync(REOPEN_MS);
    FakeSocket.made[1]!.onopen?.();
    expect(first!.sent).toEqual([Uint8Array.of(2)]);
    expect(FakeSocket.made).toHaveLength(2);
    expect(onOpen).toHaveBeenCalledTimes(2);
    expect(onMessage.mock.calls).toEqual([[Uint8Array.of(3)]]);
  });

  it('is a channel in the desktop app, open at once', async () => {
    const { port1, port2 } = new MessageChannel();
    const [onOpen, onMessage] = [vi.fn(), vi.fn()];
    const line = openLine({ kind: 'port', port: port1 }, { onOpen, onMessage });
    await eventually(() => expect(onOpen).toHaveBeenCalledTimes(1));
    const heard = new Promise((resolve) => {
      port2.onmessage = ({ data }) => resolve(data);
    });
    line.send(Uint8Array.of(1));
    expect(await heard).toEqual(Uint8Array.of(1));
    port2.postMessage('text');
    port2.postMessage(Uint8Array.of(2));
    await eventually(() => expect(onMessage.mock.calls).toEqual([[Uint8Array.of(2)]]));
    port1.close();
  });
});
