import { useEffect, useState } from 'react';
import { useApp } from '../hooks/app-context.ts';
import { Button } from './Button.tsx';

/** How long the button says that it worked. */
const COPIED_MS = 2_000;

/** Copies a text and says so, in the button and to screen readers. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const { shell, stores } = useApp();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    const done = await shell.copy(text);
    setCopied(done);
    if (done) stores.ui.getState().announce('Copied');
    else
      stores.ui
        .getState()
        .toast({ text: 'The clipboard could not be used. Select the text and copy it.', tone: 'error' });
  };
  return (
    <Button icon={copied ? 'check' : 'copy'} onClick={() => void copy()} aria-label={copied ? 'Copied' : label}>
      {copied ? 'Copied' : label}
    </Button>
  );
}
