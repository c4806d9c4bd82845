import { WebSocket } from 'ws';
import { type Client, createClient } from '../../core/api/client.ts';
import { createRpcTransport } from '../../core/api/rpc-transport.ts';

/** A script's connection to a node. */
export interface ScriptClient extends Client {
  /** Every event so far, oldest first. */
  readonly seen: readonly { readonly name: string; readonly payload: unknown; readonly revision: number }[];
}

/** Connects as any script would, by the address and the token of the first line. */
export async function connectScript(rpc: string, token: string): Promise<ScriptClient> {
  const socket = new WebSocket(rpc, { headers: { authorization: `Bearer ${token}` } });
  const transport = createRpcTransport((text) => socket.send(text));
  socket.on('message', (data) => transport.receive(String(data)));
  socket.on('close', () => transport.close());
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  const client = createClient(transport);
  const seen: ScriptClient['seen'][number][] = [];
  client.onEvent((event) => seen.push(event));
  return {
    seen,
    call: client.call.bind(client),
    on: client.on.bind(client),
    onEvent: client.onEvent.bind(client),
    onGap: client.onGap.bind(client),
    close: () => {
      client.close();
      socket.terminate();
    },
  };
}
