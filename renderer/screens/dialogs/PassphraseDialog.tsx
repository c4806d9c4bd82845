import { type FormEvent, useState } from 'react';
import type { Failure } from '../../api/transport.ts';
import { Button } from '../../components/Button.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { PassphraseField } from '../../components/Field.tsx';
import { isSettled, NewPassphrase } from '../../components/NewPassphrase.tsx';
import { Remark } from '../../components/Notice.tsx';
import { useApp, useAppStore } from '../../hooks/app-context.ts';

/** Sets, changes or takes away the passphrase. */
export function PassphraseDialog({ onClose }: { onClose: () => void }) {
  const { client, stores } = useApp();
  const profile = useAppStore('profile', (state) => state.profile);
  const guarded = profile?.state === 'open' && profile.protection === 'passphrase';
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [repeated, setRepeated] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Failure | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    const args = { ...(guarded && { current }), ...(next && { next }) };
    const outcome = await client.request('profile.setPassphrase', args);
    setBusy(false);
    if (!outcome.ok) return setError(outcome.error);
    await stores.profile.getState().load();
    const text = next ? 'The new passphrase is set.' : 'The passphrase was taken away.';
    stores.ui.getState().toast({ text, tone: 'info' });
    onClose();
  };
  return (
    <Dialog title={guarded ? 'Change passphrase' : 'Set a passphrase'} onClose={onClose}>
      <form className="form" onSubmit={(event) => void submit(event)}>
        {guarded && (
          <PassphraseField
            label="Current passphrase"
            value={current}
            onChange={setCurrent}
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
          hint={guarded ? 'Leave it empty to use none.' : 'Asked for each time Parley starts. Nobody can reset it.'}
        />
        {error && error.code !== 'wrong-passphrase' && <Remark tone="error">{error.message}</Remark>}
        <div className="button-row end">
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="primary"
            type="submit"
            busy={busy}
            disabled={!isSettled(next, repeated) || (guarded ? current === '' : next === '')}
          >
            {next === '' && guarded ? 'Take it away' : 'Save passphrase'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
