import { useEffect, useId, useRef, useState } from 'react';
import { useToldHeight } from '../hooks/use-told-height.ts';
import type { Toast, Wait } from '../stores/ui.ts';
import { IconButton } from './Button.tsx';
import { Icon } from './Icon.tsx';

const TOAST_MS = 6_000;
/** With something to undo a person needs longer. */
const ACTION_TOAST_MS = 12_000;

/** Short news at the foot of the window, which goes by itself unless it is looked at; and what takes long. */
export function Toasts({
  toasts,
  waits,
  onDismiss,
}: {
  toasts: readonly Toast[];
  waits: readonly Wait[];
  onDismiss: (id: number) => void;
}) {
  const ref = useRef<HTMLElement>(null);
  useToldHeight(ref, '--toasts-height');
  return (
    <section ref={ref} className="toasts" aria-label="Notices" role="status" aria-live="polite">
      {toasts.map((toast) => (
        <ToastCard key={toast.id} toast={toast} onDismiss={() => onDismiss(toast.id)} />
      ))}
      {waits.map(({ id, text }) => (
        <div key={id} className="toast toast-wait">
          <span className="spinner" aria-hidden="true" />
          <span className="toast-text">{text}</span>
        </div>
      ))}
    </section>
  );
}

function ToastCard({ toast, onDismiss }: { toast: Toast; onDismiss: () => void }) {
  const [held, setHeld] = useState(false);
  const id = useId();
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(onDismiss, toast.action ? ACTION_TOAST_MS : TOAST_MS);
    return () => clearTimeout(timer);
  });
  const { action } = toast;
  return (
    // Holding is only a comfort for those who point or tab; nothing can be done with it that buttons do not offer.
    // biome-ignore lint/a11y/noStaticElementInteractions: see above
    <div
      className={`toast toast-${toast.tone}`}
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      {toast.tone === 'error' && <Icon name="warning" size={18} />}
      <span className="toast-text" id={id}>
        {toast.text}
      </span>
      <span className="toast-buttons">
        {action && (
          <button
            type="button"
            className="toast-action"
            aria-describedby={id}
            onClick={() => {
              action.run();
              onDismiss();
            }}
          >
            {action.label}
          </button>
        )}
        <IconButton icon="close" label="Dismiss" size={16} onClick={onDismiss} />
      </span>
    </div>
  );
}
