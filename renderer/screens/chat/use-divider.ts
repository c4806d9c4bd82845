import { useLayoutEffect } from 'react';
import type { MessageView } from '../../../core/api/views.ts';
import { useApp } from '../../hooks/app-context.ts';

/** Marks where the new messages begin that come while nobody looks at the window. */
export function useDivider(watched: boolean, messages: readonly MessageView[]): void {
  const { stores } = useApp();
  useLayoutEffect(() => {
    if (watched) return;
    const first = messages.find(({ direction, state }) => direction === 'in' && state === 'received');
    if (first !== undefined) stores.chat.getState().divide(first.id);
  }, [stores, watched, messages]);
}
