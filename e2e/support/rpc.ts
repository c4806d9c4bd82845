import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { type Client, createClient } from '../../core/api/client.ts';
import { createRpcTransport, type RpcTransport } from '../../core/api/rpc-transport.ts';

const BRIDGE = fileURLToPath(new URL('rpc-bridge.mjs', import.meta.url));

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
  return scriptClient(transport, () => socket.terminate());
}

/** The same for a node inside a network namespace, whose loopback only a process in there reaches. */
export function bridgeScript(computer: string): typeof connectScript {
  return async (rpc, token) => {
    const child = spawn('ip', ['netns', 'exec', computer, process.execPath, BRIDGE, rpc], {
      env: { ...process.env, PARLEY_TOKEN: token },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const transport = createRpcTransport((text) => child.stdin.write(`${text}\n`));
    child.stdin.on('error', () => transport.close());
    child.once('exit', () => transport.close());
    createInterface({ input: child.stdout }).on('line', (line) => transport.receive(line));
    return scriptClient(transport, () => child.stdin.end());
  };
}

function scriptClient(transport: RpcTransport, disconnect: () => void): ScriptClient {
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
      disconnect();
    },
  };
}
