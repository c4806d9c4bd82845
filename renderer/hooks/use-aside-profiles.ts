import { useCallback, useEffect, useState } from 'react';
import type { AsideProfile } from '../../core/api/views.ts';
import type { Failure } from '../api/transport.ts';
import { dateAndTime, timeOfDay } from '../lib/format.ts';
import { createOnce } from '../lib/once.ts';
import { useApp, useAppStore } from './app-context.ts';

/** The profiles that were put aside, newest first; none until the core has answered. */
export function useAsideProfiles(): readonly AsideProfile[] {
  const { client } = useApp();
  const [aside, setAside] = useState<readonly AsideProfile[]>([]);
  // Whatever changes the list, in any window, is told as a change of the profile.
  const profile = useAppStore('profile', (state) => state.profile);
  useEffect(() => {
    let shown = true;
    void client.request('profile.listAside', {}).then((outcome) => {
      if (shown && outcome.ok) setAside(outcome.value);
    });
    return () => {
      shown = false;
    };
  }, [client, profile]);
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

/** Erases one of them, and offers to undo it. */
export function useEraseAside(): (one: AsideProfile) => Promise<void> {
  const { client, stores } = useApp();
  const [once] = useState(createOnce);
  const erase = useCallback(
    async ({ folder, setAsideAt }: AsideProfile) => {
      const { fail, toast, during } = stores.ui.getState();
      const undo = async () => {
        const undone = await during('Bringing the profile back…', client.request('profile.undoErase', { folder }));
        if (!undone.ok) fail(undone.error);
      };
      const outcome = await during(
        'Putting the profile up for erasing…',
        client.request('profile.eraseAside', { folder }),
      );
      if (!outcome.ok) return fail(outcome.error);
      toast({
        text: `The profile put aside ${dateAndTime(setAsideAt)} will be erased at ${timeOfDay(outcome.value.at)}.`,
        tone: 'info',
        action: { label: 'Undo', run: () => void undo() },
      });
    },
    [client, stores],
  );
  return useCallback((one) => once(one.folder, () => erase(one)), [once, erase]);
}
