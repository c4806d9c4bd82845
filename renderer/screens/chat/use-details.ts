import { useCallback, useState } from 'react';
import type { MessageView } from '../../../core/api/views.ts';

/** The one message whose delivery is told in detail, and the sign that was pressed for it. */
export function useDetails(messages: readonly MessageView[]) {
  const [open, setOpen] = useState<{ readonly id: string; readonly anchor: HTMLElement } | null>(null);
  const message = open && messages.find(({ id }) => id === open.id);
  const toggle = useCallback((id: string, anchor: HTMLElement) => {
    setOpen((before) => (before?.id === id ? null : { id, anchor }));
  }, []);
  const close = useCallback(() => setOpen(null), []);
  return { shown: open && message ? { message, anchor: open.anchor } : null, toggle, close };
}
