import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';
import { parseNodeAddress } from '../core/ids/node-address.ts';

/** What the desktop app can be told on its command line. */
export interface ShellOptions {
  /** Absolute path of a data folder other than the default one. */
  readonly data: string | undefined;
  /** Bind UDP to this address only. */
  readonly host: string | undefined;
  readonly bootstrap: readonly string[];
  readonly lan: boolean;
  readonly ephemeralProfile: string | undefined;
}

/**
 * Reads `--data=DIR`, `--host=ADDRESS`, `--bootstrap=ADDRESS`, `--ephemeral-profile=NAME` and `--no-lan`. Desktop files and Chromium add
 * arguments of their own, so what is unknown or malformed is ignored here, other than in the headless command.
 */
export function parseShellOptions(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ShellOptions {
  const values = (name: string): string[] =>
    argv.filter((one) => one.startsWith(`--${name}=`)).map((one) => one.slice(name.length + 3));
  return {
    data: values('data').find((path) => isAbsolute(path)),
    host: values('host').find((host) => isIP(host) !== 0),
    bootstrap: values('bootstrap').filter((address) => parseNodeAddress(address).ok),
    lan: !argv.includes('--no-lan') && env.PARLEY_LAN !== 'off',
    ephemeralProfile: values('ephemeral-profile').find((name) => name !== ''),
  };
}
