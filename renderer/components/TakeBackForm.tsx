import { type FormEvent, useState } from 'react';
import type { AsideProfile } from '../../core/api/views.ts';
import type { Failure } from '../api/transport.ts';
import { dateAndTime } from '../lib/format.ts';
import { Button } from './Button.tsx';
import { PassphraseField } from './Field.tsx';
import { Remark } from './Notice.tsx';

/** Asks for the passphrase of a profile that was put aside. */
export function TakeBackForm({
  aside,
  onTakeBack,
}: {
  aside: AsideProfile;
  /** Resolves to the failure, or null when that profile is the one in use. */
  onTakeBack: (args: { folder: string; passphrase: string }) => Promise<Failure | null>;
}) {
  const [passphrase, setPassphrase] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Failure | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    const failure = await onTakeBack({ folder: aside.folder, passphrase });
    // Without one this form is gone.
    if (failure === null) return;
    setBusy(false);
    setError(failure);
  };
  return (
    <form className="form" onSubmit={(event) => void submit(event)}>
      <p className="muted">
        It was put aside {dateAndTime(aside.setAsideAt)} and lies in the folder <code>{aside.folder}</code> of Parley’s
        data. The profile in use now is put aside in its turn, with what was written since.
      </p>
      <PassphraseField
        label="Its passphrase"
        value={passphrase}
        onChange={(value) => {
          setPassphrase(value);
          setError(null);
        }}
        hint="Empty, if it had none."
        error={error?.code === 'wrong-passphrase' ? error.message : null}
        autoFocus
      />
      {error && error.code !== 'wrong-passphrase' && <Remark tone="error">{error.message}</Remark>}
      <Button kind="primary" type="submit" busy={busy}>
        {busy ? 'Opening it…' : 'Take it back'}
      </Button>
    </form>
  );
}
