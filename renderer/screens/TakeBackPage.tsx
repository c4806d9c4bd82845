import { useState } from 'react';
import type { AsideProfile } from '../../core/api/views.ts';
import { Button } from '../components/Button.tsx';
import { TakeBackForm } from '../components/TakeBackForm.tsx';
import { useTakeBack } from '../hooks/use-aside-profiles.ts';
import { dateAndTime } from '../lib/format.ts';
import { FirstRunPage } from './FirstRunPage.tsx';

/** Chooses one of the profiles that were put aside, and opens it with its own passphrase. */
export function TakeBackPage({ aside, onBack }: { aside: readonly AsideProfile[]; onBack: () => void }) {
  const takeBack = useTakeBack();
  const [chosen, setChosen] = useState(aside.length === 1 ? aside[0] : undefined);
  if (chosen !== undefined) {
    return (
      <FirstRunPage
        key="passphrase"
        title="Take back a profile"
        onBack={aside.length === 1 ? onBack : () => setChosen(undefined)}
      >
        <TakeBackForm aside={chosen} onTakeBack={takeBack} />
      </FirstRunPage>
    );
  }
  return (
    <FirstRunPage key="choose" title="Take back a profile" onBack={onBack}>
      <p className="lead">Which one? Each was put aside when another took its place.</p>
      <div className="stack">
        {aside.map((one) => (
          <Button key={one.folder} onClick={() => setChosen(one)}>
            Put aside {dateAndTime(one.setAsideAt)}
          </Button>
        ))}
      </div>
    </FirstRunPage>
  );
}
