import type { ProfileFault } from '../../core/api/views.ts';

/** Why a profile cannot be opened, in a person's words. */
export interface FaultWords {
  readonly title: string;
  readonly what: string;
  /** What may bring it back as it was, before it is replaced. */
  readonly mend: string;
}

const NEWER = {
  title: 'This profile needs a newer Parley',
  mend: 'Install the newest version of Parley: it opens the profile as it is.',
};
const COPY = 'If you have an older copy of Parley’s data folder, close Parley and put the file back from there.';
const RIGHTS = 'Make sure that your user may read the file and that no other program holds it, then try again.';

const FAULTS: Readonly<Record<ProfileFault, FaultWords>> = {
  'key-file-damaged': {
    title: 'The key file is damaged',
    what: 'The file profile.key holds the keys of your profile, and it is not as Parley wrote it. Without it nobody can open the messages on this computer.',
    mend: COPY,
  },
  'key-file-newer': { ...NEWER, what: 'Its key file was written by a later version than this one.' },
  'key-file-unreadable': {
    title: 'The key file cannot be read',
    what: 'The file profile.key holds the keys of your profile, and the system does not let Parley read it.',
    mend: RIGHTS,
  },
  'key-store-missing': {
    title: 'The key store is not there',
    what: 'The key store of your system guards the keys of your profile, and Parley does not find it.',
    mend: 'It may be another user or another computer than the one the profile was made on. Start or unlock the key store, then try again. Some systems need a new start of Parley for it.',
  },
  'key-store-refused': {
    title: 'The key store did not give the key back',
    what: 'The key store of your system guards the keys of your profile, and it does not open them.',
    mend: 'Unlock it and try again. On another computer, or for another user, it cannot open them at all.',
  },
  'database-damaged': {
    title: 'The database is damaged',
    what: 'Parts of the file profile.db, with your messages and friends, are not as Parley wrote them. This happens when a disk fails.',
    mend: `It may open a while longer when you try again. ${COPY}`,
  },
  'database-missing': {
    title: 'The database is missing',
    what: 'The file profile.db, with your messages and friends, is gone or empty, while the key file is there.',
    mend: COPY,
  },
  'database-foreign': {
    title: 'The database belongs to another profile',
    what: 'The key file profile.key and the database profile.db do not belong together: one of them was exchanged.',
    mend: COPY,
  },
  'database-newer': { ...NEWER, what: 'Its database was written by a later version than this one.' },
  'database-unreadable': {
    title: 'The database cannot be read',
    what: 'The system does not let Parley read the file profile.db, with your messages and friends.',
    mend: RIGHTS,
  },
};

export function faultWords(fault: ProfileFault): FaultWords {
  return FAULTS[fault];
}
