import { ApiError, type ErrorCode } from '../../api/errors.ts';
import { DiskFullError, FileUnusableError } from '../../ports/files.ts';
import { errorName } from '../../ports/logger.ts';
import { AddressUnusableError, PortInUseError } from '../../ports/network.ts';

/** Exit codes of the headless command, documented in `docs/api.md`. */
export const EXIT = {
  ok: 0,
  unexpected: 1,
  badOption: 2,
  portInUse: 3,
  folderUnusable: 4,
  folderLocked: 5,
  wrongPassphrase: 6,
  databaseCorrupt: 7,
  diskFull: 8,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A reason not to start that a person can do something about: one line, and the exit code for scripts. */
export class StartError extends Error {
  override readonly name = 'StartError';
  constructor(
    readonly exitCode: ExitCode,
    message: string,
  ) {
    super(message);
  }
}

const BY_API_CODE: Partial<Record<ErrorCode, ExitCode>> = {
  'bad-address': EXIT.badOption,
  'invalid-argument': EXIT.badOption,
  'port-in-use': EXIT.portInUse,
  'wrong-passphrase': EXIT.wrongPassphrase,
  'key-store-unavailable': EXIT.wrongPassphrase,
  'database-corrupt': EXIT.databaseCorrupt,
  'profile-unreadable': EXIT.folderUnusable,
  'disk-full': EXIT.diskFull,
};

/** What to tell about anything that was thrown while starting; what we did not expect keeps its cause to itself. */
export function toStartError(error: unknown): StartError {
  if (error instanceof StartError) return error;
  if (error instanceof ApiError) return new StartError(BY_API_CODE[error.code] ?? EXIT.unexpected, error.message);
  if (error instanceof PortInUseError) return new StartError(EXIT.portInUse, error.message);
  if (error instanceof AddressUnusableError) return new StartError(EXIT.badOption, error.message);
  if (error instanceof FileUnusableError) return new StartError(EXIT.folderUnusable, error.message);
  if (error instanceof DiskFullError) return new StartError(EXIT.diskFull, 'the disk is full');
  return new StartError(EXIT.unexpected, `Parley could not start (${errorName(error)})`);
}
