// Lines of standard input go to the WebSocket named by the first argument, its texts to standard output, until either
// end closes. For nodes inside a network namespace (see rpc.ts); the token comes in PARLEY_TOKEN.
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';

const socket = new WebSocket(process.argv[2], { headers: { authorization: `Bearer ${process.env.PARLEY_TOKEN}` } });
const open = new Promise((resolve) => socket.once('open', resolve));
socket.on('message', (data) => process.stdout.write(`${data}\n`));
socket.on('close', () => process.exit(0));
const input = createInterface({ input: process.stdin });
input.on('line', (line) => void open.then(() => socket.send(line)));
input.on('close', () => socket.close());
