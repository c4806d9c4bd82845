import { promises } from 'node:fs';
import { createDispatcher, type Dispatcher } from '../api/dispatch.ts';
import type { Logger } from '../ports/logger.ts';
import type { Network } from '../ports/network.ts';
import { JsonLogger } from './adapters/json-logger.ts';
import { NodeFiles } from './adapters/node-files.ts';
import { SystemClock } from './adapters/system-clock.ts';
import { SystemRandom } from './adapters/system-random.ts';
import { type BrowserHost, createBrowserHost } from './browser-host.ts';
import { goFirstInCalls } from './call-priority.ts';
import { HELP, type HeadlessArguments, parseArguments } from './cli/arguments.ts';
import { type DataFolder, defaultDataFolder, openDataFolder, temporaryDataFolder } from './cli/data-folder.ts';
import { EXIT, type ExitCode, StartError, toStartError } from './cli/exit-codes.ts';
import { readyLine, readyText } from './cli/ready.ts';
import type { CoreFactory, RunningCore } from './core-factory.ts';
import type { GivenDoor } from './host/given-door.ts';
import { faultError } from './profile-fault.ts';

const TOKEN_BYTES = 32;
const MAX_PASSPHRASE_FILE_BYTES = 4096;
/** How long requests under way may take to end once we were told to stop. */
const DRAIN_MS = 1_000;

/** What the command takes from its surroundings, so that tests can run it inside their own process. */
export interface HeadlessHost {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** Folder of the built page. */
  readonly pageFolder: string;
  readonly createCore: CoreFactory;
  readonly createNetwork: () => Network;
  /** Where the page is to be, when whoever started us has said so already. */
  readonly door?: Promise<GivenDoor> | undefined;
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
}

/** A node that is up. */
export interface RunningNode {
  /** Ends everything, in order, and frees the data folder. Idempotent; never rejects. */
  stop(): Promise<void>;
  /** The last thing at exit, if `stop` did not get that far: synchronous. */
  release(): void;
}

/** Ended before it began: `--help`, `--version`, or a reason why not, already told. */
export interface NotStarted {
  readonly exitCode: ExitCode;
}

/** Runs the command up to `ready`. Never rejects: what goes wrong is told in one line and by an exit code. */
export async function startHeadless(host: HeadlessHost): Promise<RunningNode | NotStarted> {
  try {
    const options = parseArguments(host.argv, host.env);
    const text = options.help ? HELP : options.version ? `${host.version}\n` : undefined;
    if (text === undefined) return await start(host, options);
    host.print(text);
    return { exitCode: EXIT.ok };
  } catch (error) {
    const { exitCode, message } = toStartError(error);
    host.printError(`parley: ${message}\n`);
    return { exitCode };
  }
}

/** What has been started so far, so that a later failure can take it back. */
interface Parts {
  readonly logger: Logger;
  folder?: DataFolder;
  core?: RunningCore;
  dispatcher?: Dispatcher;
  page?: BrowserHost;
}

async function start(host: HeadlessHost, options: HeadlessArguments): Promise<RunningNode> {
  const logger = new JsonLogger({ level: options.log, write: host.printError });
  const parts: Parts = { logger };
  try {
    await startParts({ host, options, parts });
  } catch (error) {
    if (!(error instanceof StartError)) debugCause(host, options, error);
    await stopParts(parts);
    throw error;
  }
  let stopping: Promise<void> | undefined;
  return {
    stop: () => {
      stopping ??= stopParts(parts);
      return stopping;
    },
    release: () => parts.folder?.release(),
  };
}

async function startParts({ host, options, parts }: { host: HeadlessHost; options: HeadlessArguments; parts: Parts }) {
  const { logger } = parts;
  const clock = new SystemClock();
  const random = new SystemRandom();
  parts.folder = folderFor(host, options);
  const door = await host.door;
  const watched = door !== undefined || isForPeople(options);
  const token = door?.token ?? Buffer.from(random.bytes(TOKEN_BYTES)).toString('base64url');
  const port = door?.listener ?? options.http;
  // Before the core, so that a browser can read the page while that starts.
  parts.page = await createBrowserHost({ clock, logger, token, pageFolder: host.pageFolder, port });
  if (door !== undefined) await answered();
  parts.core = await host.createCore({
    dataDir: parts.folder.path,
    clock,
    random,
    logger,
    files: new NodeFiles(parts.folder.path),
    network: host.createNetwork(),
    udpPort: options.udp,
    host: options.host,
    bootstrap: options.bootstrap,
    lan: options.lan,
    leaf: options.leaf,
    rekeyAfterMs: options.rekeyAfterMs,
    ephemeralProfile: options.ephemeralProfile,
    startDamaged: watched,
  });
  goFirstInCalls(parts.core);
  parts.dispatcher = createDispatcher(parts.core.handlers, { logger });
  if (options.passphraseFile !== undefined) await unlock(parts.core, options.passphraseFile, watched);
  parts.page.serve({ service: parts.core, dispatcher: parts.dispatcher });
  const ready = { info: parts.core.info(), rpc: parts.page.rpcUrl, ui: parts.page.uiUrl, token };
  host.print(options.json ? readyLine(ready) : readyText(ready));
  if (!options.json) await tellDamage(parts.core, host);
  parts.page.prepare();
}

/** A script wants to be told by the exit code that its profile cannot be opened; a person by the page. */
function isForPeople({ json, passphraseFile, ephemeralProfile }: HeadlessArguments): boolean {
  return !json && passphraseFile === undefined && ephemeralProfile === undefined;
}

/** Whoever waits at the door is let in and gets the page: a turn of the event loop for each. */
async function answered(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate);
}

function folderFor(host: HeadlessHost, options: HeadlessArguments): DataFolder {
  if (options.data !== undefined) return openDataFolder(options.data);
  if (options.ephemeralProfile !== undefined) return temporaryDataFolder();
  return openDataFolder(defaultDataFolder(process.platform, host.env));
}

async function tellDamage(core: RunningCore, host: HeadlessHost): Promise<void> {
  const profile = await core.handlers['profile.get']({});
  if (profile.state !== 'damaged') return;
  host.printError(`parley: ${faultError(profile.fault).message} The page leads on.\n`);
}

/** With `startDamaged` one that turns out to be damaged is left to the page. */
async function unlock(core: RunningCore, file: string, startDamaged: boolean): Promise<void> {
  const passphrase = await firstLine(file);
  const state = async () => (await core.handlers['profile.get']({})).state;
  if ((await state()) !== 'locked') return;
  try {
    await core.handlers['profile.unlock']({ passphrase });
  } catch (error) {
    if (!startDamaged || (await state()) !== 'damaged') throw error;
  }
}

async function firstLine(file: string): Promise<string> {
  const bytes = Buffer.alloc(MAX_PASSPHRASE_FILE_BYTES);
  try {
    const handle = await promises.open(file, 'r');
    const { bytesRead } = await handle.read(bytes).finally(() => handle.close());
    // Without the mark that some editors put before UTF-8.
    const [line = ''] = new TextDecoder().decode(bytes.subarray(0, bytesRead)).split(/\r?\n/);
    return line;
  } catch {
    throw new StartError(EXIT.badOption, `--passphrase-file: ${file} cannot be read`);
  } finally {
    bytes.fill(0);
  }
}

async function stopParts({ logger, folder, core, dispatcher, page }: Parts): Promise<void> {
  const steps = [
    () => within(DRAIN_MS, dispatcher?.stop()),
    // The answers of what ended last are still on their way to the sockets; without one a script would send again.
    () => dispatcher && new Promise(setImmediate),
    () => Promise.all([page?.close(), core?.stop()]),
    () => folder?.release(),
  ];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      logger.error('node.stop-failed', { error: error instanceof Error ? error.name : typeof error });
    }
  }
}

async function within(ms: number, task: Promise<void> | undefined): Promise<void> {
  if (task === undefined) return;
  const clock = new SystemClock();
  await new Promise<void>((resolve) => {
    const timer = clock.after(ms, resolve);
    void task.then(() => {
      timer.cancel();
      resolve();
    });
  });
}

/** The stack of a surprise, for whoever asked for it: it may name files and folders, but no text and no key. */
function debugCause(host: HeadlessHost, options: HeadlessArguments, error: unknown): void {
  if (options.log !== 'debug' || !(error instanceof Error)) return;
  host.printError(`${error.stack?.split('\n').slice(1).join('\n') ?? ''}\n`);
}
