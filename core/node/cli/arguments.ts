import { parseArgs } from 'node:util';
import { parseAddress } from '../../ids/address.ts';
import { parseNodeAddress } from '../../ids/node-address.ts';
import { LOG_LEVELS, type LogLevel } from '../adapters/json-logger.ts';
import { EXIT, StartError } from './exit-codes.ts';

/** What the headless command was asked to do. Absent text options are undefined. */
export interface HeadlessArguments {
  readonly data: string | undefined;
  /** 0 lets the system choose. */
  readonly udp: number;
  readonly http: number;
  readonly bootstrap: readonly string[];
  readonly lan: boolean;
  /** Take no part in routing. */
  readonly leaf: boolean;
  readonly ephemeralProfile: string | undefined;
  readonly host: string | undefined;
  readonly passphraseFile: string | undefined;
  readonly rekeyAfterMs: number | undefined;
  readonly json: boolean;
  readonly help: boolean;
  readonly version: boolean;
  readonly log: LogLevel;
}

export const HELP = `Usage: npm run -s node -- [OPTION]...
Runs a Parley node without a window: for servers, bootstrap hosts and scripts.

  --data DIR                 folder of profile and database (default: the desktop app's own)
  --udp PORT                 UDP port (default: that of earlier runs, or any free one)
  --http PORT                TCP port of page and script access on 127.0.0.1 (default: any free one)
  --host ADDRESS             bind UDP to this address only, e.g. 127.0.0.1
  --bootstrap HOST:PORT/KEY  a node to begin with; may be repeated
  --no-lan                   do not look for nodes on the local network (as does PARLEY_LAN=off)
  --leaf                     use the network without routing or carrying anything for others
  --ephemeral-profile NAME   make a profile without passphrase if there is none; without --data all is
                             forgotten at the end
  --passphrase-file FILE     unlock the profile with the first line of FILE
  --epoch SECONDS            age at which a session key is replaced, 1 to 180 (default 180; less is for tests)
  --json                     print one JSON object when ready
  --log LEVEL                ${LOG_LEVELS.join(', ')} (default warn), as JSON lines on standard error
  --help, --version          print this, or the version, and end
`;

const TEXT = { type: 'string', multiple: true } as const;
const FLAG = { type: 'boolean' } as const;
const OPTIONS = {
  data: TEXT,
  udp: TEXT,
  http: TEXT,
  host: TEXT,
  bootstrap: TEXT,
  'no-lan': FLAG,
  leaf: FLAG,
  'ephemeral-profile': TEXT,
  'passphrase-file': TEXT,
  epoch: TEXT,
  json: FLAG,
  log: TEXT,
  help: FLAG,
  version: FLAG,
} as const;

const MAX_EPOCH_SECONDS = 180;
const MAX_PORT = 65_535;

/** @throws {StartError} with `badOption` for anything that is not exactly as in `HELP`. */
export function parseArguments(argv: readonly string[], env: Readonly<Record<string, string | undefined>>) {
  const values = parseStrictly(argv);
  const one = (name: keyof typeof values): string | undefined => single(name, values[name]);
  const epoch = numberIn({ name: 'epoch', text: one('epoch'), min: 1, max: MAX_EPOCH_SECONDS });
  return {
    data: one('data'),
    udp: numberIn({ name: 'udp', text: one('udp'), min: 0, max: MAX_PORT }) ?? 0,
    http: numberIn({ name: 'http', text: one('http'), min: 0, max: MAX_PORT }) ?? 0,
    host: checkedHost(one('host')),
    bootstrap: (values.bootstrap ?? []).map(checkedBootstrap),
    lan: values['no-lan'] !== true && env.PARLEY_LAN !== 'off',
    leaf: values.leaf === true,
    ephemeralProfile: one('ephemeral-profile'),
    passphraseFile: one('passphrase-file'),
    rekeyAfterMs: epoch === undefined ? undefined : epoch * 1000,
    json: values.json === true,
    help: values.help === true,
    version: values.version === true,
    log: level(one('log') ?? 'warn'),
  } satisfies HeadlessArguments;
}

function parseStrictly(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, strict: true, allowPositionals: false }).values;
  } catch (error) {
    // Node's sentence names the option; its advice about quoting would only confuse.
    const [sentence] = (error as Error).message.split(/\.\s|\n/);
    const plain = sentence?.replace(/^Option '(--[\w-]+).*' argument (?:is ambiguous|missing)$/, '$1 needs a value');
    throw new StartError(EXIT.badOption, `${plain}; see --help`);
  }
}

function single(name: string, value: string[] | boolean | undefined): string | undefined {
  if (!Array.isArray(value)) return undefined;
  const [first, ...more] = value;
  if (more.length > 0) throw new StartError(EXIT.badOption, `--${name} was given twice`);
  if (first === '') throw new StartError(EXIT.badOption, `--${name} needs a value`);
  return first;
}

interface NumberOption {
  readonly name: string;
  readonly text: string | undefined;
  readonly min: number;
  readonly max: number;
}

function numberIn({ name, text, min, max }: NumberOption): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new StartError(EXIT.badOption, `--${name} takes a whole number from ${min} to ${max}`);
}

function checkedHost(text: string | undefined): string | undefined {
  if (text === undefined || parseAddress(text) !== undefined) return text;
  throw new StartError(EXIT.badOption, '--host takes an IP address of this computer, like 127.0.0.1 or ::1');
}

function checkedBootstrap(text: string): string {
  const parsed = parseNodeAddress(text);
  if (!parsed.ok) throw new StartError(EXIT.badOption, `--bootstrap: ${parsed.message}`);
  return text;
}

function level(text: string): LogLevel {
  const found = LOG_LEVELS.find((name) => name === text);
  if (found === undefined) throw new StartError(EXIT.badOption, `--log takes one of ${LOG_LEVELS.join(', ')}`);
  return found;
}
