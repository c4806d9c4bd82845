import { useState } from 'react';
import type { Outcome } from '../api/transport.ts';
import { Button } from '../components/Button.tsx';
import { ConfirmWords, type NamedWord } from '../components/ConfirmWords.tsx';
import { RecoveryWords } from '../components/RecoveryWords.tsx';
import { pickPositions } from '../lib/recovery-words.ts';
import { FirstRunPage } from './FirstRunPage.tsx';

/** Shows the words of a new profile, then asks for three of them. */
export function KeepWords({
  words,
  confirm,
  onDone,
}: {
  words: readonly string[];
  confirm: (named: NamedWord[]) => Promise<Outcome<{ correct: boolean }>>;
  /** Then this is gone. */
  onDone: () => void;
}) {
  const [leaving, setLeaving] = useState(false);
  const [positions, setPositions] = useState<readonly number[] | null>(null);
  if (positions === null) {
    return (
      <FirstRunPage key="words" title="Your 24 recovery words" wide>
        <p className="lead">
          Write them down in this order and keep the paper where you keep other important things. They bring your
          profile back when this computer is lost. Whoever has them can speak as you, and nobody can replace them.
        </p>
        <RecoveryWords words={words} />
        <Button kind="primary" onClick={() => setPositions(pickPositions(Math.random))}>
          I have written them down
        </Button>
        <Button
          kind="quiet"
          busy={leaving}
          onClick={() => {
            setLeaving(true);
            onDone();
          }}
        >
          Do it later
        </Button>
      </FirstRunPage>
    );
  }
  return (
    <FirstRunPage key="confirm" title="Check your words" onBack={() => setPositions(null)}>
      <p className="lead">Type these three from your list, so that you can be sure it is right.</p>
      <ConfirmWords words={words} positions={positions} confirm={confirm} onDone={onDone} />
    </FirstRunPage>
  );
}
