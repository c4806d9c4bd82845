import { useRef, useState } from 'react';
import type { AsideProfile } from '../../../core/api/views.ts';
import { Button } from '../../components/Button.tsx';
import { useApp } from '../../hooks/app-context.ts';
import { useAsideProfiles, useEraseAside } from '../../hooks/use-aside-profiles.ts';
import { dateAndTime } from '../../lib/format.ts';

/** Profiles that others have replaced on this computer, each with the way back and the way out; nothing without any. */
export function AsideProfiles() {
  const { stores } = useApp();
  const aside = useAsideProfiles();
  const eraseAside = useEraseAside();
  const heading = useRef<HTMLHeadingElement>(null);
  const [erasing, setErasing] = useState(false);
  const erase = async (one: AsideProfile) => {
    setErasing(true);
    // Its button goes with it.
    heading.current?.focus();
    await eraseAside(one);
  };
  if (aside.length === 0 && !erasing) return null;
  return (
    <section className="panel" aria-labelledby="set-aside">
      <h2 id="set-aside" ref={heading} tabIndex={-1}>
        Earlier profiles
      </h2>
      <p className="muted">
        {aside.length === 0
          ? 'None is left.'
          : 'They lie on this computer as they were when others took their place. Their own passphrase opens them.'}
      </p>
      <ul className="aside-list" data-testid="aside">
        {aside.map((one) => (
          <AsideRow
            key={one.folder}
            aside={one}
            onTakeBack={() => stores.ui.getState().openDialog({ kind: 'take-back', aside: one })}
            onErase={() => void erase(one)}
          />
        ))}
      </ul>
    </section>
  );
}

function AsideRow({
  aside,
  onTakeBack,
  onErase,
}: {
  aside: AsideProfile;
  onTakeBack: () => void;
  onErase: () => void;
}) {
  const date = dateAndTime(aside.setAsideAt);
  return (
    <li>
      <span className="aside-name">
        Put aside {date} <span className="muted mono">{aside.folder}</span>
      </span>
      <span className="aside-actions">
        <Button aria-label={`Take back the profile put aside ${date}`} onClick={onTakeBack}>
          Take back
        </Button>
        <Button kind="danger" aria-label={`Erase the profile put aside ${date}`} onClick={onErase}>
          Erase
        </Button>
      </span>
    </li>
  );
}
