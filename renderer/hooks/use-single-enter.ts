import { useEffect } from 'react';

/**
 * Enter that is held presses once. It would press on what it leads to: the first command of a menu that it opened, or the
 * button that has the focus next. Only in a text of several lines it goes on.
 */
export function useSingleEnter(): void {
  useEffect(() => {
    const stop = (event: KeyboardEvent) => {
      if (event.key !== 'Enter' || !event.repeat || event.target instanceof HTMLTextAreaElement) return;
      event.preventDefault();
      event.stopPropagation();
    };
    window.addEventListener('keydown', stop, true);
    return () => window.removeEventListener('keydown', stop, true);
  }, []);
}
