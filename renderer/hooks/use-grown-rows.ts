import { type RefObject, useLayoutEffect, useState } from 'react';
import { flushSync } from 'react-dom';

/** More than a view; making 1,500 takes a third of a second. */
const STEP = 40;

/**
 * How many of the rows of a list, which have equal heights, are there: all down to where anybody has scrolled, or went by
 * the End key, a view more, and at least `least`. The list keeps the room of the others below, so that the scroll bar knows of
 * them. For a component that is there no longer than the list.
 */
export function useGrownRows(list: RefObject<HTMLElement | null>, total: number, least = 0): number {
  const [grown, setGrown] = useState(STEP);
  const rows = Math.min(total, Math.max(grown, least));
  useLayoutEffect(() => {
    const element = list.current;
    if (element === null) return;
    let height = 0;
    const measure = () => {
      height = element.firstElementChild?.getBoundingClientRect().height ?? 0;
      element.style.paddingBlockEnd = `${(total - rows) * height}px`;
    };
    measure();
    if (rows === total) return;
    const grow = () => {
      if (height === 0) return;
      const wanted = (2 * window.innerHeight - element.getBoundingClientRect().top) / height;
      if (wanted > rows) setGrown(Math.ceil(wanted) + STEP);
    };
    const onKeyDown = ({ key, target }: KeyboardEvent) => {
      // Before `moveInList` looks for the last one.
      if (key === 'End' && (target as Element).matches('[data-list-item]')) flushSync(() => setGrown(total));
    };
    grow();
    // Letters of another size make other rows.
    const observer = new ResizeObserver(() => {
      measure();
      grow();
    });
    observer.observe(element);
    document.addEventListener('scroll', grow, { capture: true, passive: true });
    window.addEventListener('resize', grow);
    document.addEventListener('keydown', onKeyDown, { capture: true });
    return () => {
      observer.disconnect();
      document.removeEventListener('scroll', grow, { capture: true });
      window.removeEventListener('resize', grow);
      document.removeEventListener('keydown', onKeyDown, { capture: true });
    };
  }, [list, total, rows]);
  return rows;
}
