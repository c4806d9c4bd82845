import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { readCoreAudio, writeClientAudio } from '../core/api/audio-messages.ts';
import type { CallAudio, CallAudioFrame } from '../core/api/core-service.ts';
import { ManualClock } from '../core/node/testing/manual-clock.ts';
import { eventually } from '../core/testing/eventually.ts';
import { bindAudio } from './audio-port.ts';
import { CHANNELS } from './ipc-channels.ts';

const CALL = '0123456789abcdef'.repeat(2);
const ATTACH = writeClientAudio({ kind: 'attach', call: CALL });
const SOUND = writeClientAudio({ kind: 'audio', call: CALL, clock: 960, silence: false, opus: Uint8Array.of(1, 2) });
const frame = { url: 'app://parley/index.html' };
const own = { senderFrame: frame, sender: { mainFrame: frame } };

class Port extends EventEmitter {
  readonly posted: Uint8Array[] = [];
  started = false;
  closed = false;
  postMessage(message: Uint8Array): void {
    this.posted.push(message);
  }
  start(): void {
    this.started = true;
  }
  close(): void {
    this.closed = true;
  }
  say(data: unknown): void {
    this.emit('message', { data });
  }
}

const sent: unknown[] = [];
const detach = vi.fn();
let play: (sound: CallAudioFrame) => void;
const audio: CallAudio = {
  attach: (_call, sink) => {
    play = (sound) => sink.frame(sound);
    return { send: (sound) => sent.push(sound) > 0, detach };
  },
};

let ipcMain: EventEmitter;
beforeEach(() => {
  ipcMain = new EventEmitter();
  sent.length = 0;
  detach.mockClear();
  bindAudio({ ipcMain: ipcMain as never, audio: Promise.resolve(audio), clock: new ManualClock() });
});

async function open(event: object = own): Promise<Port> {
  const port = new Port();
  ipcMain.emit(CHANNELS.audio, { ...event, ports: [port] });
  await Promise.resolve();
  return port;
}

test('sound goes both ways', async () => {
  const port = await open();
  port.say(ATTACH);
  port.say(SOUND);
  expect(sent).toMatchObject([{ clock: 960, silence: false, opus: Uint8Array.of(1, 2) }]);
  play({ sequence: 7, clock: 1920, silence: true, opus: new Uint8Array(0) });
  expect(readCoreAudio(port.posted[0]!)).toMatchObject({ kind: 'audio', call: CALL, sequence: 7, clock: 1920 });
});

const inner = { url: 'app://parley/index.html' };
const foreign = { url: 'https://evil.example/' };
test.each([
  ['a frame inside the page', { senderFrame: inner, sender: { mainFrame: frame } }],
  ['a page of another origin', { senderFrame: foreign, sender: { mainFrame: foreign } }],
  ['a frame that is gone', { senderFrame: null, sender: { mainFrame: frame } }],
])('%s gets no channel', async (_, event) => {
  const port = await open(event);
  expect([port.closed, port.started]).toEqual([true, false]);
});

describe('what is none of the contract closes the channel', () => {
  test.each([
    ['text', 'attach'],
    ['an object', { kind: 1 }],
    ['nothing', undefined],
    ['a message of the core', Uint8Array.of(3, 0)],
    ['too many bytes', new Uint8Array(10_000)],
    ['a message cut short', ATTACH.subarray(0, 10)],
  ])('%s', async (_, data) => {
    const port = await open();
    port.say(ATTACH);
    port.say(data);
    expect(port.closed).toBe(true);
    expect(detach).toHaveBeenCalledTimes(1);
  });
});

test('what comes faster than any call is dropped', async () => {
  const port = await open();
  port.say(ATTACH);
  for (let i = 0; i < 1_000; i++) port.say(SOUND);
  expect(sent.length).toBe(399);
  expect(port.closed).toBe(false);
});

test('the newest channel of the page takes the place of the one before; a page that is gone lets go', async () => {
  const first = await open();
  first.say(ATTACH);
  const second = await open();
  expect([first.closed, second.closed]).toEqual([true, false]);
  expect(detach).toHaveBeenCalledTimes(1);
  second.say(ATTACH);
  second.emit('close');
  expect(detach).toHaveBeenCalledTimes(2);
});

test('a core that did not start gives no channel', async () => {
  ipcMain = new EventEmitter();
  const failing = Promise.reject(new Error('no'));
  bindAudio({ ipcMain: ipcMain as never, audio: failing, clock: new ManualClock() });
  const port = await open();
  await eventually(() => expect(port.closed).toBe(true));
});
