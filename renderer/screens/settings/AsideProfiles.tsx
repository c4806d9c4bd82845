import { Button } from '../../components/Button.tsx';
import { useApp } from '../../hooks/app-context.ts';
import { useAsideProfiles } from '../../hooks/use-aside-profiles.ts';
import { dateAndTime } from '../../lib/format.ts';

/** Profiles that others have replaced on this computer, each with the way back; nothing where there are none. */
export function AsideProfiles() {
  const { stores } = useApp();
  const aside = useAsideProfiles();
  if (aside.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="set-aside">
      <h2 id="set-aside">Earlier profiles</h2>
      <p className="muted">
        They lie on this computer as they were when others took their place. Their own passphrase opens them.
      </p>
      <ul className="aside-list" data-testid="aside">
        {aside.map((one) => (
          <li key={one.folder}>
            <span className="aside-name">
              Put aside {dateAndTime(one.setAsideAt)} <span className="muted mono">{one.folder}</span>
            </span>
            <Button
              aria-label={`Take back the profile put aside ${dateAndTime(one.setAsideAt)}`}
              onClick={() => stores.ui.getState().openDialog({ kind: 'take-back', aside: one })}
            >
              Take back
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
