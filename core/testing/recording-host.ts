import type { CommandHost } from './command-host.ts';

/** What a command told, and with which code the program is to end; undefined: it went well. */
export interface Told {
  out: string;
  err: string;
  readonly files: Map<string, string>;
  code: number | undefined;
}

/** A host for tests of commands, which remembers all and has no files. Each look at its clock takes a millisecond. */
export function recordingHost(args: readonly string[]): { readonly host: CommandHost; readonly told: Told } {
  const told: Told = { out: '', err: '', files: new Map(), code: undefined };
  let now = 0;
  const host: CommandHost = {
    args,
    print: (text) => {
      told.out += text;
    },
    printError: (text) => {
      told.err += text;
    },
    now: () => now++,
    readFile: () => '',
    writeFile: (path, text) => told.files.set(path, text),
    endWith: (code) => {
      told.code = code;
    },
  };
  return { host, told };
}
