import type { ParleyClient } from '../api/client.ts';
import type { Failure, Outcome } from '../api/transport.ts';

export interface RestoreActions {
  /** The 0-based positions of those that are no recovery words; none where that cannot be told. */
  checkWords(words: string): Promise<readonly number[]>;
  /** Each resolves to the failure, or null when the profile is back. */
  restoreWords(args: { words: string; name: string; passphrase: string }): Promise<Failure | null>;
  restoreBackup(args: { backup: string; backupPassphrase: string; passphrase: string }): Promise<Failure | null>;
}

/** `done` follows a profile that is back; with `replace` a locked one is put aside for it. */
export function restoreActions(
  client: ParleyClient,
  done: () => Promise<void>,
  options: { replace?: true } = {},
): RestoreActions {
  const finish = async (asked: Promise<Outcome<unknown>>): Promise<Failure | null> => {
    const outcome = await asked;
    if (!outcome.ok) return outcome.error;
    await done();
    return null;
  };
  return {
    checkWords: async (words) => {
      const outcome = await client.request('profile.checkWords', { words });
      return outcome.ok ? outcome.value.unknown : [];
    },
    restoreWords: ({ passphrase, ...args }) =>
      finish(client.request('profile.restoreWords', { ...args, ...options, ...(passphrase && { passphrase }) })),
    restoreBackup: ({ passphrase, ...args }) =>
      finish(client.request('profile.restoreBackup', { ...args, ...options, ...(passphrase && { passphrase }) })),
  };
}
