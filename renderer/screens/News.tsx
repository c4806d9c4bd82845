import { useEffect, useRef } from 'react';
import { Toasts } from '../components/Toasts.tsx';
import { useAppStore } from '../hooks/app-context.ts';

const NONE: readonly never[] = [];

/** Notices, and what screen readers say: in the window, or in the dialog that keeps everybody out of it. */
export function News({ inDialog = false }: { inDialog?: boolean }) {
  const toasts = useAppStore('ui', (ui) => ((ui.dialog !== null) === inDialog ? ui.toasts : NONE));
  const waits = useAppStore('ui', (ui) => ((ui.dialog !== null) === inDialog ? ui.waits : NONE));
  const dismiss = useAppStore('ui', (ui) => ui.dismiss);
  return (
    <>
      <Toasts toasts={toasts} waits={waits} onDismiss={dismiss} />
      <Announcer />
    </>
  );
}

/** Speaks what happens elsewhere on the screen. Two places in turn, so that equal sentences are heard again. */
function Announcer() {
  const { text, count } = useAppStore('ui', (ui) => ui.announcement);
  const ref = useRef<HTMLDivElement>(null);
  const said = useRef(count);
  useEffect(() => {
    const places = ref.current?.children;
    if (!places || count === said.current) return;
    said.current = count;
    places[count % 2]!.textContent = text;
    places[(count + 1) % 2]!.textContent = '';
  }, [text, count]);
  return (
    <div ref={ref} className="visually-hidden" data-testid="announcer">
      <div role="status" aria-live="polite" />
      <div role="status" aria-live="polite" />
    </div>
  );
}
