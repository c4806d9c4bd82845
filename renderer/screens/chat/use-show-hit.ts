import { useEffect } from 'react';

/** The list has found its place by then, or the person goes their own way. */
const PLACING_MS = 2_000;

/**
 * Brings what was searched for into view when its message stands at its place: one that is higher than the view is shown
 * by its middle, wherever the words are. Once for each new window of history.
 */
export function useShowHit({
  scroller,
  epoch,
  sought,
  stay,
}: {
  scroller: HTMLElement | null;
  epoch: number;
  sought: boolean;
  stay: () => void;
}): void {
  // A new window of history is looked through anew.
  useEffect(() => {
    if (scroller === null || !sought) return;
    let frame = 0;
    const until = performance.now() + PLACING_MS;
    const look = () => {
      const mark = scroller.querySelector('[data-message] mark');
      if (mark === null || !isPlaced(scroller, mark)) {
        if (performance.now() < until) frame = requestAnimationFrame(look);
        return;
      }
      const [view, place] = [scroller.getBoundingClientRect(), mark.getBoundingClientRect()];
      if (place.top >= view.top && place.bottom <= view.bottom) return;
      stay();
      scroller.scrollTop += (place.top + place.bottom - view.top - view.bottom) / 2;
    };
    look();
    return () => cancelAnimationFrame(frame);
  }, [scroller, epoch, sought, stay]);
}

/** The list hides itself until it is where it begins. */
function isPlaced(scroller: HTMLElement, mark: Element): boolean {
  if (!mark.checkVisibility({ visibilityProperty: true })) return false;
  const message = mark.closest('[data-message]')?.getBoundingClientRect();
  const view = scroller.getBoundingClientRect();
  return message !== undefined && message.top < view.bottom && message.bottom > view.top;
}
