import { useState } from 'react';
import type { Failure } from '../api/transport.ts';
import { useApp } from '../hooks/app-context.ts';
import { CreateProfile } from './CreateProfile.tsx';
import { KeepWords } from './KeepWords.tsx';
import { RestoreProfile } from './RestoreProfile.tsx';
import { restoreActions } from './restore-actions.ts';
import { Welcome } from './Welcome.tsx';

type Step =
  | { kind: 'welcome' }
  | { kind: 'create' }
  | { kind: 'restore' }
  | { kind: 'words'; words: readonly string[] };

/**
 * From nothing to an open profile. With `onLeave` in the place of one that cannot be opened, and with a way back there.
 */
export function FirstRun({ onLeave }: { onLeave?: () => void }) {
  const { client, stores } = useApp();
  const [step, setStep] = useState<Step>({ kind: onLeave === undefined ? 'welcome' : 'create' });
  const toWelcome = () => setStep({ kind: 'welcome' });
  const { setSettingUp, load } = stores.profile.getState();
  const finish = async () => {
    await load();
    setSettingUp(false);
  };
  const create = async ({ name, passphrase }: { name: string; passphrase: string }): Promise<Failure | null> => {
    setSettingUp(true);
    const replace = onLeave !== undefined;
    const outcome = await client.request('profile.create', { name, replace, ...(passphrase && { passphrase }) });
    if (!outcome.ok) {
      setSettingUp(false);
      return outcome.error;
    }
    setStep({ kind: 'words', words: outcome.value.words });
    return null;
  };
  switch (step.kind) {
    case 'welcome':
      return <Welcome onCreate={() => setStep({ kind: 'create' })} onRestore={() => setStep({ kind: 'restore' })} />;
    case 'create':
      return <CreateProfile onCreate={create} onBack={onLeave ?? toWelcome} />;
    case 'restore':
      return <RestoreProfile actions={restoreActions(client, load)} onBack={toWelcome} />;
    case 'words':
      return (
        <KeepWords
          words={step.words}
          confirm={(words) => client.request('profile.confirmWords', { words })}
          onDone={() => void finish()}
        />
      );
  }
}
