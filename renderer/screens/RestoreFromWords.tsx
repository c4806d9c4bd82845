import { type FormEvent, useState } from 'react';
import { MAX_NAME_BYTES } from '../../core/api/views.ts';
import { RECOVERY_WORD_COUNT, splitRecoveryWords } from '../../core/ids/recovery-words.ts';
import type { Failure } from '../api/transport.ts';
import { Button } from '../components/Button.tsx';
import { TextArea, TextField } from '../components/Field.tsx';
import { isSettled, NewPassphrase } from '../components/NewPassphrase.tsx';
import { utf8Length } from '../lib/utf8.ts';
import type { RestoreActions } from './restore-actions.ts';

/** The words, typed or pasted in any layout. A wrong one is named with its place. */
export function RestoreFromWords({ onRestore }: { onRestore: RestoreActions['restoreWords'] }) {
  const [text, setText] = useState('');
  const [name, setName] = useState('');
  const [passphrase, setPassphrase] = useState('');
  const [repeated, setRepeated] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Failure | null>(null);
  const tooLong = utf8Length(name) > MAX_NAME_BYTES;
  const words = splitRecoveryWords(text);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(await onRestore({ words: words.join(' '), name: name.trim(), passphrase }));
    setBusy(false);
  };
  return (
    <form className="form" onSubmit={(event) => void submit(event)}>
      <TextArea
        label="Recovery words"
        rows={4}
        value={text}
        autoCapitalize="none"
        onChange={(event) => {
          setText(event.target.value);
          setError(null);
        }}
        hint={`${words.length} of ${RECOVERY_WORD_COUNT} words`}
        error={error && wordsProblem(error, words)}
        autoFocus
      />
      <TextField
        label="Your name (optional)"
        value={name}
        onChange={(event) => setName(event.target.value)}
        hint="Words bring back your identity. A backup file brings back your friends too. Neither brings back messages."
        error={tooLong ? 'This name is too long.' : null}
      />
      <NewPassphrase
        label="New passphrase (optional)"
        value={passphrase}
        repeated={repeated}
        onChange={setPassphrase}
        onRepeat={setRepeated}
        hint="Protects the profile on this computer."
      />
      <Button
        kind="primary"
        type="submit"
        busy={busy}
        disabled={words.length !== RECOVERY_WORD_COUNT || tooLong || !isSettled(passphrase, repeated)}
      >
        {busy ? 'Restoring your profile…' : 'Restore'}
      </Button>
    </form>
  );
}

function wordsProblem(error: Failure, words: readonly string[]): string {
  const { position } = error.details;
  if (error.code !== 'wrong-words' || typeof position !== 'number') return error.message;
  return `Word ${position + 1}, “${words[position] ?? ''}”, is not a recovery word. Check how it is spelt.`;
}
