import { type FormEvent, useState } from 'react';
import type { Outcome } from '../api/transport.ts';
import { Button } from './Button.tsx';
import { TextField } from './Field.tsx';
import { Remark } from './Notice.tsx';

export interface NamedWord {
  readonly position: number;
  readonly word: string;
}

/** Asks for the words at some positions and says which one is wrong. */
export function ConfirmWords({
  words,
  positions,
  confirm,
  onDone,
}: {
  words: readonly string[];
  positions: readonly number[];
  confirm: (named: NamedWord[]) => Promise<Outcome<{ correct: boolean }>>;
  /** Then this is gone. */
  onDone: () => void;
}) {
  const [typed, setTyped] = useState<readonly string[]>(() => positions.map(() => ''));
  const [wrong, setWrong] = useState<ReadonlySet<number>>(new Set());
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const named = positions.map((position, i) => ({ position, word: (typed[i] ?? '').trim().toLowerCase() }));
    const mistakes = new Set(named.filter(({ position, word }) => words[position] !== word).map((one) => one.position));
    setWrong(mistakes);
    if (mistakes.size > 0) return;
    setBusy(true);
    const outcome = await confirm(named);
    if (outcome.ok && outcome.value.correct) return onDone();
    setBusy(false);
    if (!outcome.ok) setProblem(outcome.error.message);
    else setProblem('These are not the words of this profile.');
  };
  return (
    <form className="form" onSubmit={(event) => void submit(event)}>
      {positions.map((position, i) => (
        <TextField
          key={position}
          label={`Word ${position + 1}`}
          value={typed[i] ?? ''}
          onChange={(event) => setTyped(typed.map((word, j) => (j === i ? event.target.value : word)))}
          autoCapitalize="none"
          autoFocus={i === 0}
          error={wrong.has(position) ? `Word ${position + 1} is not right. Look at your list again.` : null}
        />
      ))}
      {problem && <Remark tone="error">{problem}</Remark>}
      <Button kind="primary" type="submit" busy={busy} disabled={typed.some((word) => word.trim() === '')}>
        Confirm
      </Button>
    </form>
  );
}
