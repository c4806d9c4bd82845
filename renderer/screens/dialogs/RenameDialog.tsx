import { type FormEvent, useState } from 'react';
import { MAX_NAME_BYTES } from '../../../core/api/views.ts';
import { isVisible } from '../../../core/ids/visible.ts';
import { Button } from '../../components/Button.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { TextField } from '../../components/Field.tsx';
import { useApp } from '../../hooks/app-context.ts';
import { utf8Length } from '../../lib/utf8.ts';

/** Changes the name I gave to a friend. */
export function RenameDialog({ friendKey, onClose }: { friendKey: string; onClose: () => void }) {
  const { stores } = useApp();
  const [alias, setAlias] = useState(() => stores.friends.getState().friends.get(friendKey)?.alias ?? '');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (utf8Length(alias) > MAX_NAME_BYTES) return setError('This name is too long.');
    setBusy(true);
    const outcome = await stores.friends.getState().rename(friendKey, alias.trim());
    setBusy(false);
    if (outcome.ok) onClose();
    else setError(outcome.error.message);
  };
  return (
    <Dialog title="Rename" onClose={onClose}>
      <form className="form" onSubmit={(event) => void submit(event)}>
        <TextField
          label="Your name for them"
          value={alias}
          onChange={(event) => setAlias(event.target.value)}
          error={error}
          autoFocus
        />
        <div className="button-row end">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" busy={busy} disabled={!isVisible(alias)}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
