/**
 * One node on a local network, for the network namespace test: prints what it finds, a JSON object a line, until its
 * input closes. Refuses to run in the network namespace named by its first argument, which is the host's.
 */
import { readlinkSync } from 'node:fs';
import { nodeKey, toHex } from '../../../ids/bytes.ts';
import { LanDiscovery } from '../../../net/lan-discovery.ts';
import { Transport } from '../../../net/transport.ts';
import { silentLogger } from '../../../ports/logger.ts';
import { openLanMulticast } from '../lan-multicast.ts';
import { SystemClock } from '../system-clock.ts';
import { SystemRandom } from '../system-random.ts';
import { createUdxNetwork } from '../udx-network.ts';

const [hostNamespace] = process.argv.slice(2);
if (hostNamespace === undefined || readlinkSync('/proc/self/ns/net') === hostNamespace) {
  throw new Error('this must not run on the network of the host');
}

function say(fact: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(fact)}\n`);
}

const clock = new SystemClock();
const random = new SystemRandom();
const socket = await createUdxNetwork().bind({ port: 0 });
const transport = new Transport({ socket, logger: silentLogger });
const lan = await openLanMulticast({ enabled: true, logger: silentLogger, environment: process.env });
const key = nodeKey(random.bytes(32));
say({ key: toHex(key), port: socket.port, lan: lan !== undefined });
if (lan !== undefined) {
  const onFound = (node: { key: Uint8Array; endpoint: { host: string; port: number } }) =>
    say({ found: toHex(node.key), host: node.endpoint.host, port: node.endpoint.port });
  const discovery = new LanDiscovery({ clock, random, transport, lan, key, onFound });
  discovery.start();
  process.stdin.on('end', () => void discovery.stop().then(() => transport.close()));
} else {
  process.stdin.on('end', () => void transport.close());
}
process.stdin.resume();
