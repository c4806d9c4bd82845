import type { LogFields, Logger } from '../../ports/logger.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'off'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Longest text of a field: node IDs, addresses and codes are shorter, messages and keys in base64 would not be. */
const MAX_FIELD_TEXT = 128;
/** What node IDs, addresses, codes and event names are made of: no spaces, so no sentence passes. */
const PLAIN = /^[A-Za-z0-9._:/[\]#+-]*$/;
const EVENT = /^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$/;
const MASK = '(masked)';

export interface JsonLoggerOptions {
  readonly level: LogLevel;
  /** Takes one line with its line feed. Default: standard error. */
  readonly write?: (line: string) => void;
  /** Milliseconds since 1970 UTC. Default: this computer's clock. */
  readonly wall?: () => number;
}

/**
 * One JSON object a line. Redaction does not depend on the caller: a text with a space, a control character or too
 * much length is masked, so that a sentence somebody wrote cannot get into the log by a slip.
 */
export class JsonLogger implements Logger {
  readonly #threshold: number;
  readonly #write: (line: string) => void;
  readonly #wall: () => number;

  constructor(options: JsonLoggerOptions) {
    this.#threshold = LOG_LEVELS.indexOf(options.level);
    this.#write = options.write ?? ((line) => process.stderr.write(line));
    this.#wall = options.wall ?? Date.now;
  }

  debug(event: string, fields?: LogFields): void {
    this.#log('debug', event, fields);
  }

  info(event: string, fields?: LogFields): void {
    this.#log('info', event, fields);
  }

  warn(event: string, fields?: LogFields): void {
    this.#log('warn', event, fields);
  }

  error(event: string, fields?: LogFields): void {
    this.#log('error', event, fields);
  }

  #log(level: LogLevel, event: string, fields: LogFields = {}): void {
    if (LOG_LEVELS.indexOf(level) < this.#threshold) return;
    const line: Record<string, unknown> = {
      time: new Date(this.#wall()).toISOString(),
      level,
      event: EVENT.test(event) ? event : MASK,
    };
    for (const [name, value] of Object.entries(fields)) {
      if (!Object.hasOwn(line, name)) line[name] = redacted(value);
    }
    this.#write(`${JSON.stringify(line)}\n`);
  }
}

function redacted(value: LogFields[string]): LogFields[string] {
  if (typeof value !== 'string') return value;
  return value.length <= MAX_FIELD_TEXT && PLAIN.test(value) ? value : MASK;
}
