import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AUDIO_PORT } from '../../core/api/audio-port.ts';
import type { ApiEvent } from '../../core/api/contract.ts';
import { type ElectronBridge, electronBridge, electronTransport } from './electron-transport.ts';
import { findToken, keepToken } from './host-token.ts';
import {
  CONNECT_WAIT_MS,
  RECONNECT_CAP_MS,
  RECONNECT_FIRST_MS,
  type Socket,
  WebSocketTransport,
} from './websocket-transport.ts';

class FakeSocket implements Socket {
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  readonly sent: { id: number; method: string; params: unknown }[] = [];
  send(message: string): void {
    this.sent.push(JSON.parse(message));
  }
  answer(message: object): void {
    this.onmessage?.({ data: JSON.stringify({ jsonrpc: '2.0', ...message }) });
  }
}

const AUDIO = { kind: 'socket', url: 'ws://here/rpc', protocols: ['parley.audio', 'token.x'] } as const;

function connect() {
  const sockets: FakeSocket[] = [];
  const transport = new WebSocketTransport({
    open: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    audio: AUDIO,
    random: () => 0.5,
  });
  return { sockets, transport, last: () => sockets[sockets.length - 1]! };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('WebSocketTransport', () => {
  it('carries requests, results and errors', async () => {
    const { transport, last } = connect();
    last().onopen?.();
    const good = transport.request('profile.get', {});
    const bad = transport.request('friends.list', {});
    const [first, second] = last().sent;
    expect(first).toMatchObject({ method: 'profile.get', params: {} });
    last().answer({ id: second!.id, error: { code: -32000, message: 'Locked.', data: { code: 'profile-locked' } } });
    last().answer({ id: first!.id, result: { state: 'missing' } });
    expect(await good).toEqual({ ok: true, value: { state: 'missing' } });
    expect(await bad).toMatchObject({ ok: false, error: { code: 'profile-locked', message: 'Locked.' } });
  });

  it('passes events on, with their revision', () => {
    const { transport, last } = connect();
    const events: ApiEvent[] = [];
    transport.onEvent((event) => events.push(event));
    last().onopen?.();
    last().answer({ method: 'network.changed', params: { nodeCount: 3 }, revision: 7 });
    last().onmessage?.({ data: 'no JSON' });
    last().onmessage?.({ data: new ArrayBuffer(2) });
    expect(events).toEqual([{ name: 'network.changed', payload: { nodeCount: 3 }, revision: 7 }]);
  });

  it('gives the sound of a call a connection of its own', async () => {
    const { transport, sockets } = connect();
    expect(await transport.openAudio()).toBe(AUDIO);
    expect(sockets).toHaveLength(1);
  });

  it('lets requests wait for the connection, but not for ever', async () => {
    const { transport, last } = connect();
    const early = transport.request('profile.get', {});
    last().onopen?.();
    await vi.advanceTimersByTimeAsync(0);
    last().answer({ id: last().sent[0]!.id, result: 1 });
    expect(await early).toEqual({ ok: true, value: 1 });
    last().onclose?.();
    const late = transport.request('profile.get', {});
    await vi.advanceTimersByTimeAsync(CONNECT_WAIT_MS);
    expect(await late).toMatchObject({ ok: false, error: { code: 'shutting-down' } });
  });

  it('fails what was under way when the connection breaks, and sends nothing twice', async () => {
    const { transport, sockets, last } = connect();
    last().onopen?.();
    const lost = transport.request('messages.send', { friend: 'x', text: 'y' });
    last().onclose?.();
    expect(await lost).toMatchObject({ ok: false, error: { code: 'shutting-down' } });
    await vi.advanceTimersByTimeAsync(RECONNECT_FIRST_MS);
    last().onopen?.();
    expect(sockets).toHaveLength(2);
    expect(last().sent).toEqual([]);
  });

  it('backs off between attempts up to a cap, and starts over after a success', async () => {
    const { sockets, last } = connect();
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      last().onclose?.();
      const before = sockets.length;
      let waited = 0;
      while (sockets.length === before) {
        await vi.advanceTimersByTimeAsync(RECONNECT_FIRST_MS);
        waited += RECONNECT_FIRST_MS;
      }
      waits.push(waited);
    }
    expect(waits.slice(0, 4)).toEqual([1, 2, 4, 8].map((factor) => factor * RECONNECT_FIRST_MS));
    expect(waits.at(-1)).toBe(RECONNECT_CAP_MS);
    last().onopen?.();
    last().onclose?.();
    await vi.advanceTimersByTimeAsync(RECONNECT_FIRST_MS);
    expect(sockets).toHaveLength(10);
  });

  it('tells its status, and can be asked to hurry', () => {
    const { transport, sockets, last } = connect();
    const seen: string[] = [];
    transport.onStatus((status) => seen.push(status));
    last().onopen?.();
    transport.reconnect();
    expect(sockets).toHaveLength(1);
    last().onclose?.();
    transport.reconnect();
    expect(sockets).toHaveLength(2);
    last().onopen?.();
    expect(seen).toEqual(['connecting', 'connected', 'disconnected', 'connected']);
  });
});

describe('the desktop shell', () => {
  it('is known by its bridge', () => {
    expect(electronBridge({})).toBeUndefined();
    expect(electronBridge({ parley: { shell: 'electron' } })).toBeDefined();
  });

  it('has a function a request; one that throws counts as no answer', async () => {
    const requests = {
      'profile.get': async () => ({ ok: true, value: 1 }),
      'friends.list': async () => {
        throw new Error('gone');
      },
    };
    const transport = electronTransport({ requests, onEvent: () => () => undefined } as unknown as ElectronBridge);
    expect(await transport.request('profile.get', {})).toEqual({ ok: true, value: 1 });
    expect(await transport.request('friends.list', {})).toMatchObject({ ok: false, error: { code: 'shutting-down' } });
  });
});

describe('the sound of calls in the desktop shell', () => {
  /** A window whose messages are events of Node, and a preload that answers by one. */
  const shell = () => {
    const window = new EventTarget();
    vi.stubGlobal('window', window);
    const post = (data: unknown, source: unknown, ...ports: object[]) =>
      window.dispatchEvent(Object.assign(new Event('message'), { data, source, ports }));
    const openAudio = vi.fn();
    const transport = electronTransport({ openAudio, onEvent: () => () => undefined } as unknown as ElectronBridge);
    return { window, post, openAudio, transport };
  };
  afterEach(() => vi.unstubAllGlobals());

  it('has a port for each call, in the order they were asked for', async () => {
    const { window, post, openAudio, transport } = shell();
    const doors = [transport.openAudio?.(), transport.openAudio?.()];
    expect(openAudio).toHaveBeenCalledTimes(2);
    const [first, second] = [{ port: 1 }, { port: 2 }];
    post(AUDIO_PORT, window, first);
    post(AUDIO_PORT, window, second);
    expect(await Promise.all(doors)).toEqual([
      { kind: 'port', port: first },
      { kind: 'port', port: second },
    ]);
  });

  it('takes no port from another window, and no other message', async () => {
    const { window, post, transport } = shell();
    const door = transport.openAudio?.();
    post(AUDIO_PORT, {}, { port: 'foreign' });
    post('something else', window, { port: 'other' });
    post(AUDIO_PORT, window);
    const port = { port: 'right' };
    post(AUDIO_PORT, window, port);
    expect(await door).toEqual({ kind: 'port', port });
  });
});

describe('the token of the address', () => {
  const places = (hash: string, stored: Record<string, string> = {}) => {
    const replaced: string[] = [];
    return {
      location: { hash, pathname: '/', search: '?a=b' },
      history: { replaceState: (_: unknown, __: string, url: string) => void replaced.push(url) },
      storage: {
        getItem: (key: string) => stored[key] ?? null,
        setItem: (key: string, value: string) => {
          stored[key] = value;
        },
      },
      replaced,
      stored,
    };
  };

  it('is found, taken out of the address and kept for reloads', () => {
    const first = places('#token=s3cret');
    expect(findToken(first)).toBe('s3cret');
    expect([first.replaced, first.stored]).toEqual([[], {}]);
    keepToken(first);
    expect(first.replaced).toEqual(['/?a=b']);
    const reloaded = places('', first.stored);
    expect(findToken(reloaded)).toBe('s3cret');
    keepToken(reloaded);
    expect(reloaded.replaced).toEqual([]);
  });

  it('is undefined without one', () => {
    for (const hash of ['', '#token=', '#other=1']) {
      const none = places(hash);
      expect(findToken(none)).toBeUndefined();
      keepToken(none);
      expect([none.replaced, none.stored]).toEqual([[], {}]);
    }
  });
});
