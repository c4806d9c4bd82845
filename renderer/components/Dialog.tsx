import { createContext, type ReactNode, useContext, useEffect, useId, useRef } from 'react';
import { IconButton } from './Button.tsx';

/** What must be seen, heard and within reach while a dialog is open too: nothing outside of it is. */
export const BesideDialog = createContext<ReactNode>(null);

/**
 * A modal dialog on the platform's own element, which keeps the focus inside and closes on Escape. Focus goes back to
 * where it was.
 */
export function Dialog({
  title,
  onClose,
  children,
  size = 'medium',
}: {
  title: string;
  onClose: () => void;
  children: ReactNode;
  size?: 'medium' | 'wide';
}) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const beside = useContext(BesideDialog);
  /** What was typed is not thrown away by a press beside the dialog, which is easily a mistake. */
  const typed = useRef(false);
  useEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement;
    dialog?.showModal();
    dialog?.querySelector<HTMLElement>('[data-autofocus]')?.focus();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      className={`dialog dialog-${size}`}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => {
        if (event.target === ref.current && !typed.current) onClose();
      }}
      onInput={() => {
        typed.current = true;
      }}
      onKeyDown={(event) => {
        // Calls are taken and ended by keys with Alt.
        if (!event.altKey) event.stopPropagation();
      }}
    >
      <div className="dialog-body">
        <header className="dialog-header">
          <h2 id={titleId}>{title}</h2>
          <IconButton icon="close" label="Close" onClick={onClose} />
        </header>
        {children}
      </div>
      {beside}
    </dialog>
  );
}
