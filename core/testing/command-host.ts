/** What the commands of this folder (`simulate`, `fuzz`) need of the program that runs them. */
export interface CommandHost {
  /** Without program and file. */
  readonly args: readonly string[];
  print(text: string): void;
  printError(text: string): void;
  /** Milliseconds, monotonic. */
  now(): number;
  /** @throws where there is no such file */
  readFile(path: string): string;
  /** Makes the folders above it when they are missing. */
  writeFile(path: string, text: string): void;
  /** Lets the program end with this code. */
  endWith(code: number): void;
}

interface NodeGlobals {
  readonly performance: { now(): number };
  readonly process: {
    readonly argv: readonly string[];
    readonly stdout: { write(text: string): void };
    readonly stderr: { write(text: string): void };
    exitCode: number;
    getBuiltinModule(name: 'node:fs'): {
      mkdirSync(path: string, options: { recursive: true }): void;
      readFileSync(path: string, encoding: 'utf8'): string;
      writeFileSync(path: string, text: string): void;
    };
  };
}

/**
 * Node.js as a host. It is taken from the globals, by the few members named above, since this folder is compiled
 * without the types of any host (docs/architecture.md, "Layers").
 */
export function nodeCommandHost(): CommandHost {
  const { process, performance } = globalThis as unknown as NodeGlobals;
  return {
    args: process.argv.slice(2),
    print: (text) => process.stdout.write(text),
    printError: (text) => process.stderr.write(text),
    now: () => performance.now(),
    readFile: (path) => process.getBuiltinModule('node:fs').readFileSync(path, 'utf8'),
    writeFile: (path, text) => {
      const fs = process.getBuiltinModule('node:fs');
      fs.mkdirSync(path.replace(/[^/]*$/, '') || '.', { recursive: true });
      fs.writeFileSync(path, text);
    },
    endWith: (code) => {
      process.exitCode = code;
    },
  };
}

/**
 * `--name value` pairs and `--flag`s. Undefined when an argument is neither, an option is named twice or lacks its
 * value.
 */
export function parseFlags(
  args: readonly string[],
  known: { readonly values: readonly string[]; readonly flags?: readonly string[] },
): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>();
  for (let i = 0; i < args.length; i++) {
    const name = args[i]!.startsWith('--') ? args[i]!.slice(2) : '';
    if (found.has(name)) return undefined;
    if (known.flags?.includes(name)) {
      found.set(name, '');
    } else {
      const value = args[++i];
      if (!known.values.includes(name) || value === undefined) return undefined;
      found.set(name, value);
    }
  }
  return found;
}
