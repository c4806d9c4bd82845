import { readFileSync } from 'node:fs';

/** The system's tables of TCP sockets (Linux, proc(5)): who owns each is said there. */
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];
const ESTABLISHED = '01';
const LISTENING = '0A';
const SUPERUSER = 0;

/** One side of a connection on loopback, as the other one sees it. */
export interface Peer {
  /** IPv4 address as text; undefined once the connection is gone. */
  readonly address: string | undefined;
  readonly port: number | undefined;
  /** The port that we listen on. */
  readonly ownPort: number;
}

interface Row {
  readonly from: string;
  readonly to: string;
  readonly state: string;
  readonly user: number;
}

/**
 * True when the other end of a connection belongs to another person who uses this computer. The token alone does not keep
 * them out: it stands in the command that opens the browser, and a system shows everybody's commands to all.
 * The superuser is nobody else. False where the system does not tell (Linux does), or says nothing of the other end, as of
 * one that comes from outside of a virtual machine.
 */
export function isForeignUser(peer: Peer, tables = readTables(), user = process.geteuid?.()): boolean {
  if (user === undefined) return false;
  const rows = rowsOf(tables);
  if (!rows.some(({ from, state }) => state === LISTENING && portOf(from) === peer.ownPort)) return false;
  const theirs = `${hexAddress(peer.address)}:${hexPort(peer.port)}`;
  const isOurs = (end: string) => portOf(end) === peer.ownPort;
  // One that was closed already has no owner any more, but what it sent before would still be done.
  if (!rows.some((row) => isOurs(row.from) && row.to === theirs && row.state === ESTABLISHED)) return true;
  const other = rows.find((row) => row.from === theirs && isOurs(row.to));
  if (other === undefined) return false;
  return other.state !== ESTABLISHED || (other.user !== user && other.user !== SUPERUSER);
}

function readTables(): string {
  return TABLES.map(readTable).join('\n');
}

function readTable(path: string): string {
  if (process.platform !== 'linux') return '';
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** Columns: number, own end, other end, state, queues, timer, repetitions, user, ... */
function rowsOf(tables: string): Row[] {
  const rows: Row[] = [];
  for (const line of tables.split('\n')) {
    const [, from, to, state, , , , user] = line.trim().split(/\s+/);
    if (from === undefined || to === undefined || state === undefined || user === undefined) continue;
    rows.push({ from: asIPv4(from), to: asIPv4(to), state, user: Number(user) });
  }
  return rows;
}

/** An IPv6 socket may speak to an IPv4 address. */
function asIPv4(end: string): string {
  return end.replace(/^0{16}FFFF0000/, '');
}

/** 127.0.0.1 -> 0100007F: the number as it lies in the memory of a little-endian computer. */
function hexAddress(address = ''): string {
  const bytes = address.replace(/^::ffff:/, '').split('.');
  return bytes.reverse().map(hexByte).join('');
}

function hexByte(text: string): string {
  return Number(text).toString(16).padStart(2, '0').toUpperCase();
}

function hexPort(port = 0): string {
  return port.toString(16).padStart(4, '0').toUpperCase();
}

function portOf(end: string): number {
  return Number.parseInt(end.slice(end.lastIndexOf(':') + 1), 16);
}
