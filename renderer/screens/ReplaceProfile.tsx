import { type ReactNode, useState } from 'react';
import { Button } from '../components/Button.tsx';
import { Remark } from '../components/Notice.tsx';
import { useApp } from '../hooks/app-context.ts';
import { useAsideProfiles } from '../hooks/use-aside-profiles.ts';
import { FirstRunPage } from './FirstRunPage.tsx';
import { RestoreProfile } from './RestoreProfile.tsx';
import { restoreActions } from './restore-actions.ts';
import { TakeBackPage } from './TakeBackPage.tsx';

/** The ways on beside a profile that cannot be opened: as the same person, as somebody new, or an earlier profile. */
export function ReplaceProfile({
  title,
  onBack,
  onAnew,
  action,
  children,
}: {
  title: string;
  onBack?: () => void;
  /** Begins a new profile in its place. */
  onAnew: () => void;
  /** A button between the ways. */
  action?: ReactNode;
  /** What is the matter. */
  children: ReactNode;
}) {
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
          Parley cannot tell whether your words or file belong to the profile on this computer. You will be whoever they
          stand for.
        </Remark>
      </RestoreProfile>
    );
  }
  if (step === 'take-back') return <TakeBackPage aside={aside} onBack={toExplanation} />;
  return (
    <FirstRunPage title={title} onBack={onBack}>
      {children}
      <div className="stack">
        <Button kind="primary" onClick={() => setStep('restore')} data-autofocus>
          Use words or a backup file
        </Button>
        {action}
        {aside.length > 0 && <Button onClick={() => setStep('take-back')}>Take back an earlier profile</Button>}
        <Button kind="quiet" onClick={onAnew}>
          Begin as somebody new
        </Button>
      </div>
    </FirstRunPage>
  );
}
