import { type FormEvent, useState } from 'react';
import type { Failure } from '../api/transport.ts';
import { Button } from '../components/Button.tsx';
import { PassphraseField } from '../components/Field.tsx';
import { Logo } from '../components/Logo.tsx';
import { Remark } from '../components/Notice.tsx';
import { plainLine } from '../lib/safe-text.ts';
import { FirstRunPage } from './FirstRunPage.tsx';

/** Asks for the passphrase of an existing profile. */
export function Unlock({
  name,
  onUnlock,
  onForgotten,
}: {
  name: string;
  onUnlock: (passphrase: string) => Promise<Failure | null>;
  onForgotten: () => void;
}) {
  const [passphrase, setPassphrase] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Failure | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    setError(await onUnlock(passphrase));
    setBusy(false);
  };
  const shownName = plainLine(name);
  return (
    <FirstRunPage title={shownName ? `Welcome back, ${shownName}` : 'Welcome back'} logo={<Logo size={88} />}>
      <form className="form" onSubmit={(event) => void submit(event)}>
        <PassphraseField
          label="Passphrase"
          value={passphrase}
          onChange={(value) => {
            setPassphrase(value);
            setError(null);
          }}
          error={error?.code === 'wrong-passphrase' ? error.message : null}
          autoFocus
        />
        {error && error.code !== 'wrong-passphrase' && <Remark tone="error">{error.message}</Remark>}
        <Button kind="primary" type="submit" busy={busy} disabled={passphrase === ''}>
          {busy ? 'Unlocking…' : 'Unlock'}
        </Button>
      </form>
      <Button kind="quiet" onClick={onForgotten}>
        Forgot the passphrase?
      </Button>
    </FirstRunPage>
  );
}
