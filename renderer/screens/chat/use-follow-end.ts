import { useCallback, useEffect, useRef, useState } from 'react';

/** Nearer to the end than this, the person reads the newest message. */
const NEAR_END_PX = 60;

/**
 * Keeps the end of the history in view while it grows or the view shrinks, unless the person has scrolled away. Where
 * they are is taken from scrolling only: growth and shrinking move the end, not the person.
 */
export function useFollowEnd(options: { epoch: number; atEnd: boolean; startsAtEnd: boolean }) {
  const { epoch, atEnd, startsAtEnd } = options;
  const [scroller, setScroller] = useState<HTMLElement | null>(null);
  const following = useRef(startsAtEnd);
  // A new window of history starts where its anchor says, wherever the old one stood.
  const lastEpoch = useRef(epoch);
  if (lastEpoch.current !== epoch) {
    lastEpoch.current = epoch;
    following.current = startsAtEnd;
  }
  useEffect(() => {
    if (scroller === null) return;
    const onScroll = () => {
      following.current = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END_PX;
    };
    const follow = () => {
      if (following.current && atEnd) scroller.scrollTop = scroller.scrollHeight;
    };
    const observer = new ResizeObserver(follow);
    observer.observe(scroller);
    for (const content of scroller.children) observer.observe(content);
    const list = scroller.querySelector('.message-list');
    if (list) observer.observe(list);
    scroller.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      observer.disconnect();
      scroller.removeEventListener('scroll', onScroll);
    };
  }, [scroller, atEnd]);
  return useCallback((element: HTMLElement | Window | null) => {
    setScroller(element instanceof HTMLElement ? element : null);
  }, []);
}
