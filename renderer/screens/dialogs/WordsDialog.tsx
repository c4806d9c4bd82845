import { type FormEvent, useCallback, useEffect, useState } from 'react';
import type { Failure } from '../../api/transport.ts';
import { Button } from '../../components/Button.tsx';
import { ConfirmWords } from '../../components/ConfirmWords.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { PassphraseField } from '../../components/Field.tsx';
import { Loading, Remark } from '../../components/Notice.tsx';
import { RecoveryWords } from '../../components/RecoveryWords.tsx';
import { useApp, useAppStore } from '../../hooks/app-context.ts';
import { pickPositions } from '../../lib/recovery-words.ts';

/** Shows the recovery words again, after the passphrase where there is one, and lets the person confirm them. */
export function WordsDialog({ onClose }: { onClose: () => void }) {
  const { client, stores } = useApp();
  const profile = useAppStore('profile', (state) => state.profile);
  const guarded = profile?.state === 'open' && profile.protection === 'passphrase';
  const [words, setWords] = useState<readonly string[] | null>(null);
  const [positions, setPositions] = useState<readonly number[] | null>(null);
  const [error, setError] = useState<Failure | null>(null);
  const ask = useCallback(
    async (passphrase?: string) => {
      setError(null);
      const outcome = await client.request('profile.words', passphrase === undefined ? {} : { passphrase });
      if (outcome.ok) setWords(outcome.value.words);
      else setError(outcome.error);
    },
    [client],
  );
  useEffect(() => {
    if (!guarded) void ask();
  }, [ask, guarded]);
  const done = () => {
    stores.ui.getState().toast({ text: 'Your recovery words are confirmed.', tone: 'info' });
    void stores.profile.getState().load();
    onClose();
  };
  return (
    <Dialog title={positions === null ? 'Recovery words' : 'Check your words'} onClose={onClose} size="wide">
      {words === null && guarded && <AskPassphrase error={error} onChange={() => setError(null)} onSubmit={ask} />}
      {words === null && !guarded && (error ? <NoAnswer error={error} onAgain={() => void ask()} /> : <Loading />)}
      {words !== null && positions === null && (
        <>
          <p className="lead">Keep them on paper, in this order. Whoever has them can speak as you.</p>
          <RecoveryWords words={words} />
          {profile?.state === 'open' && !profile.wordsConfirmed && (
            <Button kind="primary" onClick={() => setPositions(pickPositions(Math.random))}>
              I have written them down
            </Button>
          )}
        </>
      )}
      {words !== null && positions !== null && (
        <ConfirmWords
          words={words}
          positions={positions}
          confirm={(named) => client.request('profile.confirmWords', { words: named })}
          onDone={done}
        />
      )}
    </Dialog>
  );
}

/** The way on has the focus, since what was pressed is gone. */
function NoAnswer({ error, onAgain }: { error: Failure; onAgain: () => void }) {
  return (
    <>
      <Remark tone="error">{error.message}</Remark>
      <Button onClick={onAgain} autoFocus>
        Try again
      </Button>
    </>
  );
}

function AskPassphrase({
  error,
  onChange,
  onSubmit,
}: {
  error: Failure | null;
  onChange: () => void;
  onSubmit: (passphrase: string) => Promise<void>;
}) {
  const [passphrase, setPassphrase] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    await onSubmit(passphrase);
    setBusy(false);
  };
  return (
    <form className="form" onSubmit={(event) => void submit(event)}>
      <PassphraseField
        label="Passphrase"
        value={passphrase}
        onChange={(value) => {
          setPassphrase(value);
          onChange();
        }}
        error={error?.message ?? null}
        autoFocus
      />
      <Button kind="primary" type="submit" busy={busy} disabled={passphrase === ''}>
        Show words
      </Button>
    </form>
  );
}
