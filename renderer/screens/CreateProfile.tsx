import { type FormEvent, useState } from 'react';
import { MAX_NAME_BYTES } from '../../core/api/views.ts';
import type { Failure } from '../api/transport.ts';
import { Button } from '../components/Button.tsx';
import { TextField } from '../components/Field.tsx';
import { isSettled, NewPassphrase } from '../components/NewPassphrase.tsx';
import { Remark } from '../components/Notice.tsx';
import { utf8Length } from '../lib/utf8.ts';
import { FirstRunPage } from './FirstRunPage.tsx';

/** Asks for name and passphrase, both optional. `onCreate` resolves to the failure, or null when it worked. */
export function CreateProfile({
  onCreate,
  onBack,
}: {
  onCreate: (args: { name: string; passphrase: string }) => Promise<Failure | null>;
  onBack: () => void;
}) {
  const [name, setName] = useState('');
  const [passphrase, setPassphrase] = useState('');
  const [repeated, setRepeated] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Failure | null>(null);
  const tooLong = utf8Length(name) > MAX_NAME_BYTES;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (tooLong || !isSettled(passphrase, repeated)) return;
    setBusy(true);
    setError(await onCreate({ name: name.trim(), passphrase }));
    setBusy(false);
  };
  return (
    <FirstRunPage title="Create your profile" onBack={busy ? undefined : onBack}>
      <form className="form" onSubmit={(event) => void submit(event)}>
        <TextField
          label="Your name (optional)"
          value={name}
          onChange={(event) => setName(event.target.value)}
          hint="Sent along with friend requests. Your friends give you the name they like."
          error={tooLong ? 'This name is too long.' : null}
          autoFocus
        />
        <NewPassphrase
          label="Passphrase (optional)"
          value={passphrase}
          repeated={repeated}
          onChange={setPassphrase}
          onRepeat={setRepeated}
          hint="Asked for each time Parley starts. Nobody can reset it."
        />
        <Remark>
          Your key and your messages are encrypted on this disk.{' '}
          {passphrase === ''
            ? 'Without a passphrase the key store of your system guards them, where it has one: whoever can use your account can read them.'
            : 'Only this passphrase opens them, even if the computer is stolen.'}
        </Remark>
        {error && <Remark tone="error">{error.message}</Remark>}
        <Button kind="primary" type="submit" busy={busy} disabled={tooLong || !isSettled(passphrase, repeated)}>
          {busy ? 'Creating your profile…' : 'Create profile'}
        </Button>
      </form>
    </FirstRunPage>
  );
}
