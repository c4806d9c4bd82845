import { useState } from 'react';
import { Button } from '../components/Button.tsx';
import { Remark } from '../components/Notice.tsx';
import { useApp } from '../hooks/app-context.ts';
import { useAsideProfiles } from '../hooks/use-aside-profiles.ts';
import { FirstRunPage } from './FirstRunPage.tsx';
import { RestoreProfile } from './RestoreProfile.tsx';
import { restoreActions } from './restore-actions.ts';
import { TakeBackPage } from './TakeBackPage.tsx';

/** The ways on for somebody who cannot unlock: begin anew as the same person, or go back to an earlier profile. */
export function ForgottenPassphrase({ onBack }: { onBack: () => void }) {
  const { client, stores } = useApp();
  const aside = useAsideProfiles();
  const [step, setStep] = useState<'explain' | 'restore' | 'take-back'>('explain');
  const toExplanation = () => setStep('explain');
  const restored = async () => {
    await stores.profile.getState().load();
    stores.ui.getState().toast({ text: 'The old profile was put aside. The settings lead back to it.', tone: 'info' });
  };
  if (step === 'restore') {
    return (
      <RestoreProfile actions={restoreActions(client, restored, { replace: true })} onBack={toExplanation}>
        <Remark>
          Parley cannot tell whether your words or file belong to the profile on this computer: all of it is encrypted.
          You will be whoever they stand for.
        </Remark>
      </RestoreProfile>
    );
  }
  if (step === 'take-back') return <TakeBackPage aside={aside} onBack={toExplanation} />;
  return (
    <FirstRunPage title="Forgot the passphrase?" onBack={onBack}>
      <p className="lead">
        Nobody can reset it or do without it: everything in this profile is encrypted under it. With your 24 recovery
        words or a backup file you can go on as the same person.
      </p>
      <dl className="what-remains">
        <dt>What comes back</dt>
        <dd>
          Your identity: your friends know you as the same person. A backup file brings your name and your friends too;
          with words alone you add them again.
        </dd>
        <dt>What stays closed</dt>
        <dd>The messages on this computer, until the old passphrase comes back to you.</dd>
        <dt>What is deleted</dt>
        <dd>Nothing. The old profile is put aside in a folder of its own, and you can take it back.</dd>
      </dl>
      <div className="stack">
        <Button kind="primary" onClick={() => setStep('restore')} data-autofocus>
          Use words or a backup file
        </Button>
        {aside.length > 0 && <Button onClick={() => setStep('take-back')}>Take back an earlier profile</Button>}
      </div>
    </FirstRunPage>
  );
}
