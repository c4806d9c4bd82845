import type { LogFields, Logger } from '../ports/logger.ts';
import { must } from './fuzz-target.ts';

/** A log in which errors are not allowed: they tell of bugs of ours, never of what a stranger sent. */
export class ComplaintLog implements Logger {
  readonly errors: string[] = [];

  debug(): void {}

  info(): void {}

  warn(): void {}

  error(event: string, fields?: LogFields): void {
    this.errors.push(`${event} ${JSON.stringify(fields ?? {})}`);
  }

  /** @throws {FuzzFailure} with what was logged. */
  mustBeEmpty(): void {
    must(this.errors.length === 0, `logged as an error: ${this.errors.join('; ')}`);
  }
}
