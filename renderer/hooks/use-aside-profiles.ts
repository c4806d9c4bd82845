import { useCallback, useEffect, useState } from 'react';
import type { AsideProfile } from '../../core/api/views.ts';
import type { Failure } from '../api/transport.ts';
import { useApp } from './app-context.ts';

/** The profiles that were put aside, newest first; none until the core has answered. */
export function useAsideProfiles(): readonly AsideProfile[] {
  const { client } = useApp();
  const [aside, setAside] = useState<readonly AsideProfile[]>([]);
  useEffect(() => {
    let gone = false;
    void client.request('profile.listAside', {}).then((outcome) => {
      if (outcome.ok && !gone) setAside(outcome.value);
    });
    return () => {
      gone = true;
    };
  }, [client]);
  return aside;
}

/** Takes one of them back; resolves to the failure, or null: then the events tell of the other profile. */
export function useTakeBack(): (args: { folder: string; passphrase: string }) => Promise<Failure | null> {
  const { client } = useApp();
  return useCallback(
    async ({ folder, passphrase }) => {
      const outcome = await client.request('profile.takeBack', { folder, ...(passphrase && { passphrase }) });
      return outcome.ok ? null : outcome.error;
    },
    [client],
  );
}
