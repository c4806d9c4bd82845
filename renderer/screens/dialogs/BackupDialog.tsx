import { type FormEvent, useState } from 'react';
import type { Failure } from '../../api/transport.ts';
import { Button } from '../../components/Button.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { isSettled, NewPassphrase } from '../../components/NewPassphrase.tsx';
import { Remark } from '../../components/Notice.tsx';
import { useApp } from '../../hooks/app-context.ts';
import { saveFile } from '../../lib/save-file.ts';
import { fromBase64 } from '../../lib/utf8.ts';

/** Makes an encrypted backup file and hands it to the browser's download. */
export function BackupDialog({ onClose }: { onClose: () => void }) {
  const { client, stores } = useApp();
  const [passphrase, setPassphrase] = useState('');
  const [repeated, setRepeated] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Failure | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    const outcome = await client.request('profile.exportBackup', { backupPassphrase: passphrase });
    setBusy(false);
    if (!outcome.ok) return setError(outcome.error);
    saveFile(outcome.value.fileName, fromBase64(outcome.value.backup));
    // Whether it was saved is not told to a page.
    const text = `The backup was made. See that ${outcome.value.fileName} is where you save it.`;
    stores.ui.getState().toast({ text, tone: 'info' });
    onClose();
  };
  return (
    <Dialog title="Export a backup" onClose={onClose}>
      <form className="form" onSubmit={(event) => void submit(event)}>
        <p className="muted">
          One encrypted file with your key, your name and your friends; messages are not in it. Its passphrase is its
          own; without it nobody can open the file, not even you.
        </p>
        <NewPassphrase
          label="Passphrase of the backup"
          autoFocus
          value={passphrase}
          repeated={repeated}
          onChange={setPassphrase}
          onRepeat={setRepeated}
        />
        {error && <Remark tone="error">{error.message}</Remark>}
        <div className="button-row end">
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="primary"
            type="submit"
            icon="download"
            busy={busy}
            disabled={passphrase === '' || !isSettled(passphrase, repeated)}
          >
            {busy ? 'Making the backup…' : 'Save backup'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
