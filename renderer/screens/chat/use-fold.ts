import { useCallback } from 'react';
import { flushSync } from 'react-dom';
import { useApp } from '../../hooks/app-context.ts';

/**
 * Unfolds a long message, or folds it again. What is unfolded grows downwards from where it is read; what is folded
 * keeps its button where it was pressed, for its beginning may be far above.
 */
export function useFold({
  scroller,
  stay,
  rejoin,
}: {
  scroller: HTMLElement | null;
  stay: () => void;
  rejoin: () => void;
}) {
  const { stores } = useApp();
  return useCallback(
    (id: string, folded: boolean, button: HTMLElement) => {
      stay();
      const before = button.getBoundingClientRect().top;
      flushSync(() => stores.chat.getState().fold(id, folded));
      if (!folded || scroller === null) return;
      scroller.scrollTop += button.getBoundingClientRect().top - before;
      rejoin();
    },
    [stores, scroller, stay, rejoin],
  );
}
