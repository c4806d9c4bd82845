import { useEffect, useRef } from 'react';
import type { TextPlace } from '../../lib/hit-places.ts';

/** The list has found its place by then, or the person goes their own way. */
const PLACING_MS = 2_000;
/** Rows that come into being above, or are measured, move what is below them, some frames after it was scrolled to. */
const SETTLING_MS = 500;
const INPUTS = ['wheel', 'touchmove', 'pointerdown'] as const;

/**
 * Brings what was searched for into view: in a new window of history when its message stands at its place, where one that is
 * higher than the view is shown by its middle, wherever the words are; in the same window from wherever it stands.
 */
export function useShowHit({
  scroller,
  epoch,
  highlight,
  hits,
  stay,
}: {
  scroller: HTMLElement | null;
  epoch: number;
  highlight: string | null;
  hits: readonly TextPlace[];
  stay: () => void;
}): void {
  const last = useRef<{ scroller: HTMLElement | null; epoch: number }>({ scroller: null, epoch });
  useEffect(() => {
    const sameWindow = last.current.scroller === scroller && last.current.epoch === epoch;
    last.current = { scroller, epoch };
    // Without words to be marked, its place is all there is to it.
    if (scroller === null || highlight === null || (hits.length === 0 && !sameWindow)) return;
    let frame = 0;
    let until = performance.now() + (sameWindow ? SETTLING_MS : PLACING_MS);
    let settling = sameWindow;
    const look = () => {
      const message = scroller.querySelector<HTMLElement>(`[data-message="${highlight}"]`);
      // Of all that is marked in it, what the list of hits shows.
      const mark =
        message?.querySelector(`mark[data-start="${hits[0]?.start}"]`) ?? message?.querySelector('mark') ?? null;
      const made = message !== null && (mark !== null || hits.length === 0);
      const placed = made && (settling || isPlaced(scroller, message));
      if (placed) {
        const whole = sameWindow && message.offsetHeight < scroller.clientHeight;
        bring(scroller, whole ? message : (mark ?? message), stay);
      }
      if (placed && !settling) {
        settling = true;
        until = performance.now() + SETTLING_MS;
      }
      if (performance.now() < until) frame = requestAnimationFrame(look);
    };
    const end = () => cancelAnimationFrame(frame);
    look();
    // From here on the person goes their own way.
    for (const input of INPUTS) scroller.addEventListener(input, end, { passive: true });
    return () => {
      end();
      for (const input of INPUTS) scroller.removeEventListener(input, end);
    };
  }, [scroller, epoch, highlight, hits, stay]);
}

/** To the middle of the view, unless it is in view. */
function bring(scroller: HTMLElement, target: Element, stay: () => void): void {
  const [view, place] = [scroller.getBoundingClientRect(), target.getBoundingClientRect()];
  if (place.top >= view.top && place.bottom <= view.bottom) return;
  stay();
  scroller.scrollTop += (place.top + place.bottom - view.top - view.bottom) / 2;
}

/** The list hides itself until it is where it begins. */
function isPlaced(scroller: HTMLElement, message: HTMLElement): boolean {
  if (!message.checkVisibility({ visibilityProperty: true })) return false;
  const [view, place] = [scroller.getBoundingClientRect(), message.getBoundingClientRect()];
  return place.top < view.bottom && place.bottom > view.top;
}
