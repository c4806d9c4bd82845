import { ApiError } from '../api/errors.ts';
import { openBackup } from '../crypto/backup.ts';
import { wordsToSeed } from '../crypto/recovery-words.ts';
import { fromHex } from '../ids/bytes.ts';
import { type BackupContent, readBackupContent, restoreFriends } from './backup-content.ts';
import type { ProfileSession } from './profile-session.ts';

/** What a person says about a profile to be made. */
export interface ProfileChoices {
  readonly name?: string;
  readonly passphrase?: string;
  /** A profile that is locked or damaged is put aside for it. */
  readonly replace?: boolean;
}

/** A profile to be made, from nothing, words or a backup. */
export interface NewProfile extends ProfileChoices {
  readonly seed: Uint8Array;
  readonly backup?: BackupContent;
  /** Whoever made it has the recovery words. */
  readonly wordsKept?: boolean;
}

/** @throws ApiError `wrong-words` */
export function fromWords(words: string): Pick<NewProfile, 'seed' | 'wordsKept'> {
  const parsed = wordsToSeed(words);
  if (!parsed.ok) throw wrongWords(parsed);
  return { seed: parsed.seed, wordsKept: true };
}

/** @throws ApiError `wrong-passphrase`, `wrong-backup` */
export async function fromBackup(
  passphrase: string,
  file: Uint8Array,
): Promise<Pick<NewProfile, 'seed' | 'name' | 'backup'>> {
  const opened = await openBackup(passphrase, file);
  if (!opened.ok && opened.code === 'wrong-passphrase') {
    throw new ApiError('wrong-passphrase', 'That is not the passphrase of this backup.');
  }
  if (!opened.ok) throw new ApiError('wrong-backup', 'This is not a backup file of Parley, or it is damaged.');
  const backup = readBackupContent(opened.payload);
  return { seed: fromHex(backup.profileSeed)!, name: backup.name, backup };
}

/** What a new profile begins with, in its database before it counts. */
export async function fill(session: ProfileSession, { name, backup, wordsKept }: NewProfile): Promise<void> {
  if (backup !== undefined) {
    restoreFriends(session.store, backup);
    session.useInviteTag(fromHex(backup.inviteTag)!);
  }
  if (wordsKept === true) session.confirmWords();
  if (name !== undefined && name !== '') await session.messenger.setName(name);
}

function wrongWords(parsed: Exclude<ReturnType<typeof wordsToSeed>, { ok: true }>): ApiError {
  if (parsed.code !== 'unknown-word') return new ApiError('wrong-words', parsed.message, { reason: parsed.code });
  const { code, positions, message } = parsed;
  return new ApiError('wrong-words', message, { reason: code, position: positions[0]!, positions });
}
