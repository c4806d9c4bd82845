import { EXIT, type ExitCode } from './cli/exit-codes.ts';
import type { RunningNode } from './headless.ts';

/** A stop that takes longer is given up. */
const STOP_LIMIT_MS = 2_800;
/**
 * A signal so soon after the first is the same one: a terminal sends Ctrl-C to npm and to us, and npm passes it on.
 */
const SAME_SIGNAL_MS = 500;
/** How often we look whether the npm that started us is still there. */
const PARENT_PERIOD_MS = 1_000;
const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

/** The part of `process` that ends one; tests bring their own. */
export interface EndableProcess {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ppid: number;
  on(event: string, listener: (value: unknown) => void): unknown;
  exit(code: number): void;
  readonly stdout: {
    on(event: 'error', listener: () => void): unknown;
    write(text: string, taken: () => void): unknown;
  };
  readonly stderr: { on(event: 'error', listener: () => void): unknown; write(text: string): unknown };
}

export interface ProcessEnd {
  /** From now on signals stop this node. A signal that came earlier does so at once. */
  owner(node: RunningNode): void;
  /** Ends the process, once what was printed has been taken. */
  with(exitCode: ExitCode): void;
}

/**
 * The first signal ends the process cleanly, a second one at once; so does the end of the channel to a parent process
 * that started us with one, and the death of the npm that runs us, lest we outlive them. An error nobody caught is told by its name alone,
 * because its message may quote a text, and ends the process as cleanly as can be.
 */
export function endOnSignals(host: EndableProcess = process): ProcessEnd {
  let node: RunningNode | undefined;
  let wanted: ExitCode | undefined;
  let askedAt = Number.POSITIVE_INFINITY;
  const stop = async (code: ExitCode): Promise<void> => {
    const giveUp = setTimeout(() => host.exit(EXIT.unexpected), STOP_LIMIT_MS);
    await node?.stop();
    clearTimeout(giveUp);
    host.exit(code);
  };
  const asked = (code: ExitCode): void => {
    if (wanted !== undefined) return;
    wanted = code;
    askedAt = performance.now();
    if (node !== undefined) void stop(code);
  };
  for (const [signal, number] of Object.entries(SIGNALS)) {
    host.on(signal, () => {
      if (performance.now() - askedAt > SAME_SIGNAL_MS) host.exit(128 + number);
      else asked(EXIT.ok);
    });
  }
  host.on('disconnect', () => asked(EXIT.ok));
  if (host.env.npm_lifecycle_event !== undefined) onOrphaned(host, () => asked(EXIT.ok));
  const failed = (error: unknown): void => {
    host.stderr.write(`parley: internal error (${error instanceof Error ? error.name : typeof error})\n`);
    asked(EXIT.unexpected);
  };
  host.on('uncaughtException', failed);
  host.on('unhandledRejection', failed);
  host.on('exit', () => node?.release());
  // A reader that went away is no reason to end.
  host.stdout.on('error', () => {});
  host.stderr.on('error', () => {});
  return {
    owner: (running) => {
      node = running;
      if (wanted !== undefined) void stop(wanted);
    },
    with: (code) => host.stdout.write('', () => host.exit(code)),
  };
}

/** A process whose parent died gets another one; npm that is killed tells nobody. */
function onOrphaned(host: EndableProcess, orphaned: () => void): void {
  const parent = host.ppid;
  const watch = setInterval(() => {
    if (host.ppid === parent) return;
    clearInterval(watch);
    orphaned();
  }, PARENT_PERIOD_MS);
  watch.unref();
}
