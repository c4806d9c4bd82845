import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { cpuSeconds } from '../measure.ts';
import { openPlain, sealPlain } from '../plain-seal.ts';

/** Packets that one acknowledgement stands for. */
export const PACKETS_PER_ACK = 32;

/** A UDP socket on loopback with a buffer that holds a burst. */
export async function plainSocket(): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 2 << 20 });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

/** Opens sealed packets and sends them back, or counts them: a peer with hardly any protocol and none of our code. */
export async function echoRole() {
  const socket = await plainSocket();
  let echoes = true;
  let count = 0;
  socket.on('message', (packet, from) => {
    count++;
    const plain = openPlain(packet);
    if (echoes) socket.send(sealPlain(plain), from.port, from.address);
    else if (count % PACKETS_PER_ACK === 0) socket.send(Buffer.alloc(2), from.port, from.address);
  });
  return {
    port: () => socket.address().port,
    /** From now on packets are sent back or counted. @returns how many came before, and the CPU seconds so far. */
    mode: (next: { echoes: boolean }) => {
      const before = { count, cpu: cpuSeconds() };
      echoes = next.echoes;
      count = 0;
      return before;
    },
  };
}

export type EchoRole = Awaited<ReturnType<typeof echoRole>>;
