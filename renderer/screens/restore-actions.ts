import type { ParleyClient } from '../api/client.ts';
import type { Failure } from '../api/transport.ts';

export interface RestoreActions {
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
  return {
    restoreWords: async ({ passphrase, ...args }) => {
      const given = { ...args, ...options, ...(passphrase && { passphrase }) };
      const outcome = await client.request('profile.restoreWords', given);
      if (!outcome.ok) return outcome.error;
      await done();
      return null;
    },
    restoreBackup: async ({ passphrase, ...args }) => {
      const given = { ...args, ...options, ...(passphrase && { passphrase }) };
      const outcome = await client.request('profile.restoreBackup', given);
      if (!outcome.ok) return outcome.error;
      await done();
      return null;
    },
  };
}
