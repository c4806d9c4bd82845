import { type RefObject, useEffect } from 'react';

/** What is typed while the history, or nothing, has the focus goes into the field. */
export function useTypeAnywhere(field: RefObject<HTMLTextAreaElement | null>): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      // The space bar scrolls.
      if (event.key.length !== 1 || event.key === ' ' || !isFree(document.activeElement)) return;
      field.current?.focus();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [field]);
}

function isFree(focused: Element | null): boolean {
  if (focused === null || focused === document.body) return true;
  return focused.closest('.history') !== null && focused.closest('button, a, [role=dialog], [role=menu]') === null;
}
