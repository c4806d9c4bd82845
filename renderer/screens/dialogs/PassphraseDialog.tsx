import { useState } from 'react';
import type { Failure } from '../../api/transport.ts';
import { Button } from '../../components/Button.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { PassphraseField } from '../../components/Field.tsx';
import { isSettled, NewPassphrase } from '../../components/NewPassphrase.tsx';
import { Remark } from '../../components/Notice.tsx';
import { useApp, useAppStore } from '../../hooks/app-context.ts';

/** Sets, changes or removes the passphrase. To remove it has a button of its own, which no Enter in a field presses. */
export function PassphraseDialog({ onClose }: { onClose: () => void }) {
  const { client, stores } = useApp();
  const profile = useAppStore('profile', (state) => state.profile);
  const guarded = profile?.state === 'open' && profile.protection === 'passphrase';
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [repeated, setRepeated] = useState('');
  const [busy, setBusy] = useState<'saving' | 'removing' | null>(null);
  const [error, setError] = useState<Failure | null>(null);
  const set = async (next: string) => {
    setBusy(next ? 'saving' : 'removing');
    setError(null);
    const args = { ...(guarded && { current }), ...(next && { next }) };
    const outcome = await client.request('profile.setPassphrase', args);
    setBusy(null);
    if (!outcome.ok) return setError(outcome.error);
    await stores.profile.getState().load();
    const text = next ? 'The new passphrase is set.' : 'The passphrase was removed.';
    stores.ui.getState().toast({ text, tone: 'info' });
    onClose();
  };
  return (
    <Dialog title={guarded ? 'Change passphrase' : 'Set a passphrase'} onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void set(next);
        }}
      >
        {guarded && (
          <PassphraseField
            label="Current passphrase"
            value={current}
            onChange={(value) => {
              setCurrent(value);
              setError(null);
            }}
            error={error?.code === 'wrong-passphrase' ? error.message : null}
            autoFocus
          />
        )}
        <NewPassphrase
          label="New passphrase"
          autoFocus={!guarded}
          value={next}
          repeated={repeated}
          onChange={setNext}
          onRepeat={setRepeated}
          hint="Asked for each time Parley starts. Nobody can reset it."
        />
        {error && error.code !== 'wrong-passphrase' && <Remark tone="error">{error.message}</Remark>}
        <div className="button-row apart">
          {guarded && (
            <Button
              kind="danger"
              aria-label="Remove passphrase"
              busy={busy === 'removing'}
              disabled={current === '' || busy !== null}
              onClick={() => void set('')}
            >
              Remove
            </Button>
          )}
          <div className="button-row end">
            <Button onClick={onClose}>Cancel</Button>
            <Button
              kind="primary"
              type="submit"
              busy={busy === 'saving'}
              disabled={next === '' || !isSettled(next, repeated) || (guarded && current === '') || busy !== null}
            >
              Save passphrase
            </Button>
          </div>
        </div>
      </form>
    </Dialog>
  );
}
