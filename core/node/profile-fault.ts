import { ApiError, type ErrorCode } from '../api/errors.ts';
import type { ProfileFault } from '../api/views.ts';
import { StoreError, type StoreErrorCode } from '../store/errors.ts';

const RESTORE = 'Restore from the recovery words or a backup.';

/** What each fault is called on the way out: its code, and a sentence a person can act on. */
const FAULTS: Readonly<Record<ProfileFault, readonly [ErrorCode, string]>> = {
  'key-file-damaged': ['database-corrupt', `The key file of the profile is damaged. ${RESTORE}`],
  'key-file-newer': ['database-corrupt', 'The key file was written by a newer version of Parley.'],
  'key-file-unreadable': ['profile-unreadable', 'The key file of the profile cannot be read.'],
  'key-store-missing': [
    'key-store-unavailable',
    'The profile is kept by the key store of the operating system, which is not there.',
  ],
  'key-store-refused': ['key-store-unavailable', 'The key store of the operating system did not give the key back.'],
  'database-damaged': ['database-corrupt', `The profile database is damaged. ${RESTORE}`],
  'database-missing': ['database-corrupt', `The profile database is not there any more. ${RESTORE}`],
  'database-foreign': ['database-corrupt', `The profile database belongs to another key. ${RESTORE}`],
  'database-newer': ['database-corrupt', 'The profile database was written by a newer version of Parley.'],
  'database-unreadable': ['profile-unreadable', 'The profile database cannot be read.'],
};

const BY_STORE_CODE: Partial<Record<StoreErrorCode, ProfileFault>> = {
  'database-corrupt': 'database-damaged',
  'database-empty': 'database-missing',
  'wrong-key': 'database-foreign',
  'database-too-new': 'database-newer',
  io: 'database-unreadable',
};

/** Why a profile that is there cannot be opened; `details.fault` names it. */
export function faultError(fault: ProfileFault): ApiError {
  const [code, message] = FAULTS[fault];
  return new ApiError(code, message, { fault });
}

/** What was thrown while the database of a profile was opened, as a fault of the profile where it is one. */
export function databaseFault(error: unknown): unknown {
  const fault = error instanceof StoreError ? BY_STORE_CODE[error.code] : undefined;
  return fault === undefined ? error : faultError(fault);
}

/** The fault that an error of `faultError` tells; undefined for any other. */
export function faultOf(error: unknown): ProfileFault | undefined {
  const fault = error instanceof ApiError ? error.details.fault : undefined;
  return typeof fault === 'string' && fault in FAULTS ? (fault as ProfileFault) : undefined;
}
