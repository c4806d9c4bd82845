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

/** Swallows everything: the default in tests and benchmarks. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
