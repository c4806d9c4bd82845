import { isIP } from 'node:net';
import { resolve } from 'node:path';
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
 * Reads `--data DIR`, `--host ADDRESS`, `--bootstrap ADDRESS`, `--ephemeral-profile NAME` and `--no-lan`. Desktop files and Chromium add
 * arguments of their own, so what is unknown or malformed is ignored here, other than in the headless command.
 */
export function parseShellOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ShellOptions {
  // What follows a link was not given by the person: a page or a program that calls a link may know how to append to it.
  const link = args.findIndex((one) => /^parley:/i.test(one));
  const argv = link === -1 ? args : args.slice(0, link);
  const values = (name: string): string[] => valuesOf(argv, name);
  return {
    data: values('data').map((path) => resolve(path))[0],
    host: values('host').find((host) => isIP(host) !== 0),
    bootstrap: values('bootstrap').filter((address) => parseNodeAddress(address).ok),
    lan: !argv.includes('--no-lan') && env.PARLEY_LAN !== 'off',
    ephemeralProfile: values('ephemeral-profile').find((name) => name !== ''),
  };
}

/** `--name=VALUE` and `--name VALUE`. */
function valuesOf(argv: readonly string[], name: string): string[] {
  return argv.flatMap((one, index) => {
    if (one.startsWith(`--${name}=`)) return [one.slice(name.length + 3)];
    const next = argv[index + 1];
    return one === `--${name}` && next !== undefined && !next.startsWith('--') ? [next] : [];
  });
}
