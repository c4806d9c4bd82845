import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../ports/logger.ts';
import { SystemClock } from '../adapters/system-clock.ts';
import { createBrowserHost } from '../browser-host.ts';
import { isForeignUser } from './peer-user.ts';

const ME = 1_000;
const PEER = { address: '127.0.0.1', port: 0xc001, ownPort: 0xa4f3 };
const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const row = (from: string, to: string, state: string, user: number) =>
  `   1: ${from} ${to} ${state} 00000000:00000000 00:00000000 00000000 ${user}        0 4765908 1 0000000055ab4157 100 0`;
const LISTENER = row('0100007F:A4F3', '00000000:0000', '0A', ME);
const OUR_END = row('0100007F:A4F3', '0100007F:C001', '01', ME);
const theirEnd = (user: number, state = '01') => row('0100007F:C001', '0100007F:A4F3', state, user);
const isForeign = (...rows: string[]) => isForeignUser(PEER, [HEAD, ...rows, ''].join('\n'), ME);

describe('the other end of a connection is somebody else’s', () => {
  it('when another user has it, who is not the superuser', () => {
    expect(isForeign(LISTENER, OUR_END, theirEnd(1_001))).toBe(true);
    expect(isForeign(LISTENER, OUR_END, theirEnd(ME))).toBe(false);
    expect(isForeign(LISTENER, OUR_END, theirEnd(0))).toBe(false);
  });

  it('also when it is an IPv6 socket, or has another address of loopback', () => {
    const mapped = row('0000000000000000FFFF00000100007F:C001', '0000000000000000FFFF00000100007F:A4F3', '01', 1_001);
    expect(isForeign(LISTENER, OUR_END, HEAD, mapped)).toBe(true);
    const other = [row('0100007F:A4F3', '0200007F:C001', '01', ME), row('0200007F:C001', '0100007F:A4F3', '01', 1_001)];
    const peer = { ...PEER, address: '127.0.0.2' };
    expect(isForeignUser(peer, [LISTENER, OUR_END, theirEnd(ME), ...other].join('\n'), ME)).toBe(true);
  });

  it('perhaps, and so it counts, when it was closed already: then nobody has it any more', () => {
    expect(isForeign(LISTENER, OUR_END, theirEnd(0, '05'))).toBe(true);
    expect(isForeign(LISTENER)).toBe(true);
    expect(isForeign(LISTENER, row('0100007F:A4F3', '0100007F:C001', '08', ME))).toBe(true);
  });

  it('not as far as the system tells, where it tells nothing of it', () => {
    expect(isForeign()).toBe(false);
    expect(isForeign(row('0100007F:0016', '00000000:0000', '0A', 0))).toBe(false);
    expect(isForeign(LISTENER, OUR_END)).toBe(false);
  });
});

/** Says what the host answers to an upgrade with the right token. */
const CLIENT = `
const [port, token] = process.argv.slice(1);
const headers = ['GET /rpc HTTP/1.1', 'Host: 127.0.0.1:' + port, 'Upgrade: websocket', 'Connection: Upgrade',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', 'Sec-WebSocket-Version: 13', 'Authorization: Bearer ' + token];
const socket = require('node:net').connect(Number(port), '127.0.0.1', () => socket.write(headers.join('\\r\\n') + '\\r\\n\\r\\n'));
socket.once('data', (data) => { process.stdout.write(data.toString().slice(9, 12)); socket.destroy(); });
`;
const NOBODY = 65_534;

// Only the superuser can start a program as somebody else.
describe.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)('the host, with the right token', () => {
  it.each([
    ['the same user', {}, '101'],
    ['another user', { uid: NOBODY, gid: NOBODY }, '403'],
  ])('answers %s as it should', async (_, user, status) => {
    const pageFolder = mkdtempSync(join(tmpdir(), 'parley-peer-'));
    const parts = { clock: new SystemClock(), logger: silentLogger, token: 'right', pageFolder, port: 0 };
    const host = await createBrowserHost(parts);
    const options = { ...user, cwd: '/', env: {} };
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', CLIENT, String(host.port), 'right'], options);
    expect(stdout).toBe(status);
    await host.close();
  });
});
