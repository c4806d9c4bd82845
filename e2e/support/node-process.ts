import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { bridgeScript, connectScript, type ScriptClient } from './rpc.ts';
import type { Stall } from './stalls.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HEARTBEAT = new URL('./heartbeat.mjs', import.meta.url).href;
const READY_LIMIT_MS = 20_000;

/** The first line a headless node prints. */
export interface ReadyLine {
  readonly ready: true;
  readonly rpc: string;
  readonly token: string;
  readonly ui: string;
  readonly publicId: string | null;
  readonly nodeId: string;
  readonly bootstrap: string;
}

/** A headless node as a program sees it: a process, its first line, its contract. */
export interface NodeProcess {
  readonly name: string;
  readonly ready: ReadyLine;
  readonly client: ScriptClient;
  /** Milliseconds from the start of the process to its first line. */
  readonly startMs: number;
  /** When its event loop stood still, when it was started as `watched`. */
  readonly stalls: readonly Stall[];
  /** The process stands still from `SIGSTOP` until `SIGCONT`. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** What it wrote to standard error so far. */
  log(): string;
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL, as a crash or a power cut would. */
  kill(): Promise<void>;
}

export interface StartOptions {
  readonly computer?: string | undefined;
  /** Note when its event loop stands still. */
  readonly watched?: boolean | undefined;
}

/**
 * Runs the headless command with `args` (and `--json`), LAN discovery off; or inside the network namespace `computer`,
 * with LAN discovery unless the arguments forbid it. @throws with its last words when it does not get ready.
 */
export async function startNode(
  name: string,
  args: readonly string[],
  { computer, watched = false }: StartOptions = {},
): Promise<NodeProcess> {
  const started = performance.now();
  const child = launch([process.execPath, 'scripts/node.cjs', ...args, '--json'], { computer, watched });
  const stalls: Stall[] = [];
  child.on('message', ({ stall }: { stall: Stall }) => stalls.push(stall));
  let log = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const line = await firstLine(child, () => log);
  const startMs = performance.now() - started;
  const ready: ReadyLine = JSON.parse(line);
  const connect = computer === undefined ? connectScript : bridgeScript(computer);
  const client = await connect(ready.rpc, ready.token);
  const end = (signal: NodeJS.Signals): Promise<number | null> => {
    client.close();
    return ended(child, signal);
  };
  return {
    name,
    ready,
    client,
    startMs,
    stalls,
    signal: (signal) => void child.kill(signal),
    log: () => log,
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
  };
}

function launch(command: readonly string[], { computer, watched }: StartOptions): ChildProcess {
  const { PARLEY_LAN: _off, ...rest } = process.env;
  const [program, ...args] = computer === undefined ? command : ['ip', 'netns', 'exec', computer, ...command];
  return spawn(program!, args, {
    cwd: ROOT,
    env: {
      ...rest,
      ...(computer === undefined && { PARLEY_LAN: 'off' }),
      ...(watched && { NODE_OPTIONS: `--import=${HEARTBEAT}` }),
    },
    // The channel ends the node with us, however we end.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}

function firstLine(child: ChildProcess, log: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => {
      child.kill('SIGKILL');
      reject(new Error(`the node did not get ready: ${reason}\n${log()}`));
    };
    const limit = setTimeout(() => fail('time is up'), READY_LIMIT_MS);
    const early = (code: number | null): void => fail(`it ended with ${code}`);
    child.once('exit', early);
    child.once('error', (error) => fail(error.message));
    createInterface({ input: child.stdout! }).once('line', (line) => {
      clearTimeout(limit);
      child.off('exit', early);
      resolve(line);
    });
  });
}

function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code));
    child.kill(signal);
  });
}
