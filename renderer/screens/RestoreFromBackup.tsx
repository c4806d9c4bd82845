import { type FormEvent, useId, useState } from 'react';
import type { Failure } from '../api/transport.ts';
import { Button } from '../components/Button.tsx';
import { PassphraseField } from '../components/Field.tsx';
import { isSettled, NewPassphrase } from '../components/NewPassphrase.tsx';
import { Remark } from '../components/Notice.tsx';
import { toBase64 } from '../lib/utf8.ts';
import type { RestoreActions } from './restore-actions.ts';

/** A backup file and the passphrase it was made with. */
export function RestoreFromBackup({ onRestore }: { onRestore: RestoreActions['restoreBackup'] }) {
  const [file, setFile] = useState<File | null>(null);
  const [backupPassphrase, setBackupPassphrase] = useState('');
  const [passphrase, setPassphrase] = useState('');
  const [repeated, setRepeated] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Failure | null>(null);
  const id = useId();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (file === null) return;
    setBusy(true);
    setError(null);
    const backup = toBase64(new Uint8Array(await file.arrayBuffer()));
    setError(await onRestore({ backup, backupPassphrase, passphrase }));
    setBusy(false);
  };
  return (
    <form className="form" onSubmit={(event) => void submit(event)}>
      <div className="field">
        <label htmlFor={id}>Backup file</label>
        <input
          id={id}
          className="input"
          type="file"
          onChange={(event) => {
            setFile(event.target.files?.[0] ?? null);
            setError(null);
          }}
        />
      </div>
      <PassphraseField
        label="Passphrase of the backup"
        value={backupPassphrase}
        onChange={(value) => {
          setBackupPassphrase(value);
          setError(null);
        }}
        error={error?.code === 'wrong-passphrase' ? error.message : null}
      />
      <NewPassphrase
        label="New passphrase (optional)"
        value={passphrase}
        repeated={repeated}
        onChange={setPassphrase}
        onRepeat={setRepeated}
        hint="Protects the profile on this computer."
      />
      {error && error.code !== 'wrong-passphrase' && <Remark tone="error">{error.message}</Remark>}
      <Button
        kind="primary"
        type="submit"
        busy={busy}
        disabled={file === null || backupPassphrase === '' || !isSettled(passphrase, repeated)}
      >
        {busy ? 'Restoring your profile…' : 'Restore'}
      </Button>
    </form>
  );
}
