import { useEffect, useRef, useState } from 'react';
import { dayLabel, dayOf } from '../../lib/format.ts';
import type { Row } from '../../lib/rows.ts';

/** The day goes so long after the last scroll. */
const STAYS_MS = 1_200;
/** Nearer to the end, the newest messages are read. */
const NEAR_END_PX = 60;

/** While a chat is scrolled: the day of what is at the top, unless its heading is in view there. */
export function ScrolledDay({
  scroller,
  rows,
  now,
}: {
  scroller: HTMLElement | null;
  rows: readonly Row[];
  now: number;
}) {
  const latest = useRef(rows);
  latest.current = rows;
  const [day, setDay] = useState<number | null>(null);
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (scroller === null) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onScroll = () => {
      clearTimeout(timer);
      const atTop = dayAtTop(scroller, latest.current);
      setShown(atTop !== null);
      if (atTop === null) return;
      setDay(atTop);
      timer = setTimeout(() => setShown(false), STAYS_MS);
    };
    scroller.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      clearTimeout(timer);
      scroller.removeEventListener('scroll', onScroll);
    };
  }, [scroller]);
  if (day === null) return null;
  // Screen readers meet the headings themselves.
  return (
    <p className={shown ? 'scrolled-day shown' : 'scrolled-day'} aria-hidden="true">
      {dayLabel(day, now)}
    </p>
  );
}

function dayAtTop(scroller: HTMLElement, rows: readonly Row[]): number | null {
  if (scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END_PX) return null;
  const { top } = scroller.getBoundingClientRect();
  const items = [...scroller.querySelectorAll('.message-item')];
  const first = items.find((item) => item.getBoundingClientRect().bottom > top);
  const heading = first?.querySelector('.day')?.getBoundingClientRect();
  if (heading !== undefined && heading.bottom > top) return null;
  const id = first?.querySelector<HTMLElement>('[data-message]')?.dataset.message;
  const row = rows.find(({ message }) => message.id === id);
  return row === undefined ? null : dayOf(row.message.storedAt);
}
