import { type CSSProperties, type RefObject, useLayoutEffect, useMemo, useState } from 'react';
import { flushSync } from 'react-dom';
import { type RowSpan, type ShownRow, shownRows } from '../lib/shown-rows.ts';

/** Rows made above and below what is seen: few at a time while it is scrolled; five thousand at once take a second. */
const AROUND_VIEW = 12;
/** On both sides of the row with the focus: more than a view, so that none is blank when a key goes far away. */
const AROUND_FOCUS = 24;

/**
 * Which rows of a long list, which have equal heights, are there: those near the view, those near the row with the focus,
 * to which the arrow keys go, both ends, for Home and End, and those of `kept`. The list keeps the room of all others
 * (`rowRoom`), so that the scroll bar knows of them. Keys name the rows, and `data-key` the button of each.
 */
export function useShownRows(
  list: RefObject<HTMLElement | null>,
  keys: readonly string[],
  kept: readonly (string | null | undefined)[] = [],
): ShownRow[] {
  const [view, setView] = useState<RowSpan>({ first: 0, last: AROUND_FOCUS });
  const [focused, setFocused] = useState<string | null>(null);
  const total = keys.length;
  useLayoutEffect(() => {
    const element = list.current;
    if (element === null || total === 0) return;
    let height = 0;
    const look = () => {
      if (height === 0) return;
      const { top } = element.getBoundingClientRect();
      const seen = { first: Math.floor(-top / height), last: Math.ceil((window.innerHeight - top) / height) };
      // At once: what is scrolled to is not to be blank for a moment.
      if (!covers(view, seen, total)) flushSync(() => setView(wider(seen)));
    };
    const measure = () => {
      height = seenRow(element)?.getBoundingClientRect().height ?? 0;
      element.style.setProperty('--row-height', `${height}px`);
    };
    const onFocus = ({ target }: FocusEvent) => {
      const row = (target as Element).closest('li')?.querySelector<HTMLElement>('[data-key]');
      setFocused(row?.dataset.key ?? null);
    };
    measure();
    // Not within an effect, where nothing can be rendered at once.
    const first = requestAnimationFrame(look);
    // Letters of another size make other rows.
    const observer = new ResizeObserver(() => {
      measure();
      look();
    });
    observer.observe(element);
    element.addEventListener('focusin', onFocus);
    document.addEventListener('scroll', look, { capture: true, passive: true });
    window.addEventListener('resize', look);
    return () => {
      cancelAnimationFrame(first);
      observer.disconnect();
      element.removeEventListener('focusin', onFocus);
      document.removeEventListener('scroll', look, { capture: true });
      window.removeEventListener('resize', look);
    };
  }, [list, total, view]);
  const others = kept.join();
  return useMemo(() => {
    const at = focused === null ? -1 : keys.indexOf(focused);
    const single = others.split(',').map((key) => span(keys.indexOf(key), 0));
    return shownRows(
      total,
      [view, span(at, AROUND_FOCUS), ...single].filter((one) => one !== null),
    );
  }, [keys, total, view, focused, others]);
}

/** Leaves the room of the rows before one that are not there. */
export function rowRoom(gap: number): CSSProperties | undefined {
  return gap === 0 ? undefined : { marginBlockStart: `calc(${gap} * var(--row-height))` };
}

function span(at: number, around: number): RowSpan | null {
  return at < 0 ? null : { first: at - around, last: at + around };
}

function wider({ first, last }: RowSpan): RowSpan {
  return { first: first - AROUND_VIEW, last: last + AROUND_VIEW };
}

function covers(made: RowSpan, seen: RowSpan, total: number): boolean {
  return made.first <= Math.max(0, seen.first) && made.last >= Math.min(total - 1, seen.last);
}

/** A row out of view may have the height of letters of another size still. */
function seenRow(list: HTMLElement): Element | undefined {
  const rows = [...list.children];
  const isSeen = (row: Element) => {
    const { top, bottom } = row.getBoundingClientRect();
    return bottom > 0 && top < window.innerHeight;
  };
  return rows.find(isSeen) ?? rows[0];
}
