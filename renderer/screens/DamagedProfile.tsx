import { useState } from 'react';
import type { ProfileFault } from '../../core/api/views.ts';
import { Button } from '../components/Button.tsx';
import { faultWords } from '../lib/profile-faults.ts';
import { ReplaceProfile } from './ReplaceProfile.tsx';

/** For somebody whose profile cannot be opened as it lies on the disk. `onRetry` looks at it again. */
export function DamagedProfile({
  fault,
  onRetry,
  onAnew,
}: {
  fault: ProfileFault;
  onRetry: () => Promise<void>;
  onAnew: () => void;
}) {
  const { title, what, mend } = faultWords(fault);
  const [busy, setBusy] = useState(false);
  const retry = async () => {
    setBusy(true);
    await onRetry();
    setBusy(false);
  };
  const again = (
    <Button busy={busy} onClick={() => void retry()}>
      Try again
    </Button>
  );
  return (
    <ReplaceProfile title={title} onAnew={onAnew} action={again}>
      <p className="lead">{what}</p>
      <dl className="what-remains">
        <dt>What may mend it</dt>
        <dd>{mend}</dd>
        <dt>What brings you back</dt>
        <dd>
          Your 24 recovery words or a backup file: your friends know you as the same person. A backup file brings your
          name and your friends too; with words alone you add them again. Messages do not come back.
        </dd>
        <dt>What is deleted</dt>
        <dd>Nothing. Whatever you choose, the files as they are now are put aside in a folder of their own.</dd>
      </dl>
    </ReplaceProfile>
  );
}
