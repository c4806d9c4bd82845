import { useCallback, useEffect, useRef, useState } from 'react';
import type { AsideProfile } from '../../core/api/views.ts';
import type { Failure } from '../api/transport.ts';
import { dateAndTime, timeOfDay } from '../lib/format.ts';
import { createOnce } from '../lib/once.ts';
import { useApp } from './app-context.ts';

/** The profiles that were put aside, newest first; none until the core has answered. `reload` asks again. */
export function useAsideProfiles(): { aside: readonly AsideProfile[]; reload: () => Promise<void> } {
  const { client } = useApp();
  const [aside, setAside] = useState<readonly AsideProfile[]>([]);
  const shown = useRef(false);
  const reload = useCallback(async () => {
    const outcome = await client.request('profile.listAside', {});
    if (outcome.ok && shown.current) setAside(outcome.value);
  }, [client]);
  useEffect(() => {
    shown.current = true;
    void reload();
    return () => {
      shown.current = false;
    };
  }, [reload]);
  return { aside, reload };
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

/** Erases one of them, and offers to undo it. `changed` is called whenever the list is another one. */
export function useEraseAside(changed: () => Promise<void>): (one: AsideProfile) => Promise<void> {
  const { client, stores } = useApp();
  const [once] = useState(createOnce);
  const erase = useCallback(
    async ({ folder, setAsideAt }: AsideProfile) => {
      const { fail, toast } = stores.ui.getState();
      const undo = async () => {
        const undone = await client.request('profile.undoErase', { folder });
        if (!undone.ok) return fail(undone.error);
        await changed();
      };
      const outcome = await client.request('profile.eraseAside', { folder });
      if (!outcome.ok) return fail(outcome.error);
      toast({
        text: `The profile put aside ${dateAndTime(setAsideAt)} will be erased at ${timeOfDay(outcome.value.at)}.`,
        tone: 'info',
        action: { label: 'Undo', run: () => void undo() },
      });
      await changed();
    },
    [client, stores, changed],
  );
  return useCallback((one) => once(one.folder, () => erase(one)), [once, erase]);
}
