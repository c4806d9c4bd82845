import { Button } from '../../components/Button.tsx';
import { useApp, useAppStore } from '../../hooks/app-context.ts';

const PROTECTION = {
  passphrase: 'Your key and messages are encrypted under your passphrase.',
  'os-key-store': 'Your key and messages are encrypted under the key store of your system.',
  none: 'Nothing protects your key on this disk: this system has no key store. Set a passphrase.',
} as const;

/** What guards the profile, and how to keep it. */
export function ProfileSettings() {
  const { stores } = useApp();
  const locking = useAppStore('profile', (state) => state.locking);
  const profile = useAppStore('profile', (state) => state.profile);
  if (profile?.state !== 'open') return null;
  const { openDialog } = stores.ui.getState();
  const guarded = profile.protection === 'passphrase';
  return (
    <section className="panel" aria-labelledby="set-profile">
      <h2 id="set-profile">Profile and safety</h2>
      <p className={profile.protection === 'none' ? 'warn-text' : 'muted'} data-testid="protection">
        {PROTECTION[profile.protection]}
      </p>
      <div className="button-row">
        <Button icon="key" onClick={() => openDialog({ kind: 'passphrase' })}>
          {guarded ? 'Change passphrase' : 'Set a passphrase'}
        </Button>
        <Button icon="eye" onClick={() => openDialog({ kind: 'words' })}>
          Show recovery words
        </Button>
        <Button icon="download" onClick={() => openDialog({ kind: 'backup' })}>
          Export a backup
        </Button>
        <Button icon="lock" busy={locking} disabled={!guarded} onClick={() => void stores.profile.getState().lock()}>
          Lock now
        </Button>
      </div>
      {!guarded && <p className="field-hint">Locking needs a passphrase.</p>}
    </section>
  );
}
