import { type RefObject, useLayoutEffect, useRef } from 'react';
import { rowShift } from '../lib/row-shift.ts';

/**
 * Keeps what is in view in its place while other rows go to the top of a list of rows of equal height. The browser's own
 * anchor would go along with the row it holds on to. Whoever looks at the top sees what is new.
 */
export function useSteadyRows(list: RefObject<HTMLElement | null>, keys: readonly string[]): void {
  const before = useRef(keys);
  useLayoutEffect(() => {
    const old = before.current;
    before.current = keys;
    const element = list.current;
    const scroller = element && scrollerOf(element);
    if (!scroller || old === keys) return;
    const height = element.firstElementChild?.getBoundingClientRect().height ?? 0;
    const above = scroller.getBoundingClientRect().top - element.getBoundingClientRect().top;
    if (above <= 0 || height === 0) return;
    const view = { first: Math.floor(above / height), last: Math.floor((above + scroller.clientHeight) / height) };
    const rows = rowShift(old, keys, view);
    if (rows !== 0) scroller.scrollTop += rows * height;
  }, [list, keys]);
}

/** What scrolls the element; in a low window that is more than the list. */
function scrollerOf(element: HTMLElement): HTMLElement | null {
  for (let at = element.parentElement; at !== null; at = at.parentElement) {
    if (getComputedStyle(at).overflowY === 'auto') return at;
  }
  return null;
}
