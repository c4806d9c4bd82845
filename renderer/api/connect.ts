import { type ElectronBridge, electronTransport } from './electron-transport.ts';
import { findToken, keepToken } from './host-token.ts';
import type { ParleyTransport } from './transport.ts';
import { type Socket, WebSocketTransport } from './websocket-transport.ts';

/** The transport of the shell this page runs in; undefined in a browser without the host's token. */
export function connect(bridge: ElectronBridge | undefined): ParleyTransport | undefined {
  if (bridge) return electronTransport(bridge);
  const places = { location, history, storage: sessionStorage };
  const token = findToken(places);
  if (token === undefined) return undefined;
  const url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/rpc`;
  const shown = `token.${token}`;
  const transport = new WebSocketTransport({
    open: () => new WebSocket(url, ['parley', shown]) as Socket,
    audio: { kind: 'socket', url, protocols: ['parley.audio', shown] },
  });
  keepToken(places);
  return transport;
}
