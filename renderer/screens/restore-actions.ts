import type { Failure } from '../api/transport.ts';

export interface RestoreActions {
  /** Each resolves to the failure, or null when the profile is back. */
  restoreWords(args: { words: string; name: string; passphrase: string }): Promise<Failure | null>;
  restoreBackup(args: { backup: string; backupPassphrase: string; passphrase: string }): Promise<Failure | null>;
}
