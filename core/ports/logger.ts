export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Structured log. Fields are counts, codes, node IDs and addresses; never keys, message text, aliases or greetings.
 */
export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

/** What a log may say about an error: its class, and its code where it has one. Never its message, which may quote. */
export function errorName(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const code = 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? `${error.name}:${code}` : error.name;
}

/** Swallows everything: the default in tests and benchmarks. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
