import { type FormEvent, useEffect, useRef, useState } from 'react';
import { MAX_NAME_BYTES } from '../../core/api/views.ts';
import { RECOVERY_WORD_COUNT, splitRecoveryWords } from '../../core/ids/recovery-words.ts';
import type { Failure } from '../api/transport.ts';
import { Button } from '../components/Button.tsx';
import { TextArea, TextField } from '../components/Field.tsx';
import { isSettled, NewPassphrase } from '../components/NewPassphrase.tsx';
import { unknownWordsText, wordAtCaret, wordRange } from '../lib/recovery-words.ts';
import { utf8Length } from '../lib/utf8.ts';
import type { RestoreActions } from './restore-actions.ts';

/** The words, typed or pasted in any layout. A wrong one is named with its place, as soon as it is finished. */
export function RestoreFromWords({
  onCheck,
  onRestore,
}: {
  onCheck: RestoreActions['checkWords'];
  onRestore: RestoreActions['restoreWords'];
}) {
  const [text, setText] = useState('');
  const [name, setName] = useState('');
  const [passphrase, setPassphrase] = useState('');
  const [repeated, setRepeated] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Failure | null>(null);
  const tooLong = utf8Length(name) > MAX_NAME_BYTES;
  const field = useRef<HTMLTextAreaElement>(null);
  const words = splitRecoveryWords(text);
  const [typed, setTyped] = useState<number | null>(null);
  const unknown = useUnknownWords(words.join(' '), onCheck);
  const finished = unknown.filter((position) => position !== typed);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    const failure = await onRestore({ words: words.join(' '), name: name.trim(), passphrase });
    setError(failure);
    setBusy(false);
    if (failure !== null) goToWord(field.current, failure.details.position);
  };
  return (
    <form className="form" onSubmit={(event) => void submit(event)}>
      <TextArea
        ref={field}
        label="Recovery words"
        grows
        rows={4}
        value={text}
        autoCapitalize="none"
        onChange={({ target }) => {
          setText(target.value);
          setTyped(wordAtCaret(target.value, target.selectionStart));
          setError(null);
        }}
        onSelect={({ currentTarget }) => setTyped(wordAtCaret(currentTarget.value, currentTarget.selectionStart))}
        onBlur={() => setTyped(null)}
        hint={`${words.length} of ${RECOVERY_WORD_COUNT} words`}
        error={
          error ? wordsProblem(error, words, unknown) : finished.length > 0 ? unknownWordsText(words, finished) : null
        }
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

/** The core names the first wrong word only. */
function wordsProblem(error: Failure, words: readonly string[], unknown: readonly number[]): string {
  const { position } = error.details;
  if (error.code !== 'wrong-words' || typeof position !== 'number') return error.message;
  return unknownWordsText(words, unknown.includes(position) ? unknown : [position]);
}

/** Which of these words the core does not know; what it says of earlier ones is dropped. */
function useUnknownWords(words: string, check: RestoreActions['checkWords']): readonly number[] {
  const [found, setFound] = useState<readonly number[]>([]);
  const latest = useRef(check);
  latest.current = check;
  useEffect(() => {
    let current = true;
    if (words === '') return setFound([]);
    void latest.current(words).then((unknown) => current && setFound(unknown));
    return () => {
      current = false;
    };
  }, [words]);
  return found;
}

/** What is to be mended is selected. */
function goToWord(field: HTMLTextAreaElement | null, position: unknown): void {
  if (field === null) return;
  const range = typeof position === 'number' ? wordRange(field.value, position) : null;
  if (range !== null) field.setSelectionRange(range.start, range.end);
  field.focus();
  // Of a long list a part is out of view, and the focus alone is content with the rest.
  field.scrollIntoView({ block: 'nearest' });
}
