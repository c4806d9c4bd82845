import { useEffect, useState } from 'react';
import { Button } from '../../components/Button.tsx';
import { keyName } from '../../lib/call-words.ts';

/** Keys that are needed for other things. */
const TAKEN = ['Escape', 'Tab', 'Enter', 'NumpadEnter'];

/** The key to hold while talking; pressed, it waits for another one. */
export function TalkKey({ code, onChange }: { code: string; onChange: (code: string) => void }) {
  const [waiting, setWaiting] = useState(false);
  useEffect(() => {
    if (!waiting) return;
    const onKey = (event: KeyboardEvent) => {
      event.preventDefault();
      event.stopPropagation();
      setWaiting(false);
      if (event.code !== '' && !TAKEN.includes(event.code)) onChange(event.code);
    };
    window.addEventListener('keydown', onKey, true);
    return () => window.removeEventListener('keydown', onKey, true);
  }, [waiting, onChange]);
  return (
    <div className="button-row talk-key" data-testid="talk-key">
      <span>
        Key to hold: <kbd>{keyName(code)}</kbd>
      </span>
      <Button kind="quiet" aria-live="polite" onClick={() => setWaiting(!waiting)}>
        {waiting ? 'Press the key…' : 'Choose another key'}
      </Button>
    </div>
  );
}
