import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Row } from '../../lib/rows.ts';

/** Nearer to the end than this, the person reads the newest message. */
const NEAR_END_PX = 60;
/** Parts of a pixel may be left. */
const AT_END_PX = 2;
/** A scroll is the person's this soon after a key, a wheel or a finger … */
const INPUT_MS = 400;
/** … or this long after the list last changed, since assistive technology scrolls without any input. */
const QUIET_MS = 2_000;
/** So much stays in view above the first message that nobody has seen. */
const ABOVE_DIVIDER_PX = 72;
const INPUTS = ['wheel', 'touchmove', 'keydown', 'pointerdown', 'pointermove', 'pointerup'] as const;

/**
 * Keeps the end of the history in view while it grows or the view shrinks, unless the person has scrolled away. Only
 * the person scrolls up: growth and the list's own corrections move the end, not the wish to be there. While nobody looks,
 * the list goes on until the divider of new messages has come to the top, and holds it there.
 */
export function useFollowEnd(options: {
  epoch: number;
  atEnd: boolean;
  startsAtEnd: boolean;
  rows: readonly Row[];
  /** They are all that the chat has. */
  complete: boolean;
  /** Another number: the person has just written a message, and is with it wherever they were. */
  sent: number;
  /** Somebody looks at the window. */
  watched: boolean;
}) {
  const { epoch, atEnd, startsAtEnd, sent } = options;
  const shown = useRef(options);
  const inputAt = useRef(Number.NEGATIVE_INFINITY);
  const resizedAt = useRef(0);
  /** What deletes or folds a message is a press too, but the scrolls that the shorter list then makes are not the person's. */
  const shrinks = useCallback(() => {
    inputAt.current = Number.NEGATIVE_INFINITY;
    resizedAt.current = performance.now();
  }, []);
  if (options.rows.length < shown.current.rows.length) shrinks();
  // Rows that come and go have the list scroll before its size is measured anew.
  if (!sameRows(options.rows, shown.current.rows)) resizedAt.current = performance.now();
  shown.current = options;
  const [scroller, setScroller] = useState<HTMLElement | null>(null);
  const following = useRef(startsAtEnd);
  /** It goes on to the divider only, and stays there until somebody looks. */
  const held = useRef(false);
  /** The person has scrolled since the list stands where its anchor says, or there is nothing to scroll. */
  const moved = useRef(false);
  // A new window of history starts where its anchor says, wherever the old one stood.
  const lastEpoch = useRef(epoch);
  if (lastEpoch.current !== epoch) {
    lastEpoch.current = epoch;
    following.current = startsAtEnd;
    held.current = false;
    moved.current = false;
  }
  /** Whoever looks now reads at the divider: what grows below does not take them along. */
  const release = useCallback(() => {
    if (!held.current) return;
    held.current = following.current = false;
  }, []);
  useEffect(() => {
    if (scroller === null) return;
    const list = scroller.querySelector('.message-list');
    let before = scroller.scrollTop;
    resizedAt.current = performance.now();
    // A drag of the scroll bar tells its beginning only.
    let pressed = false;
    const onInput = (event: Event) => {
      // A pointer that only moves scrolls nothing.
      if (event instanceof PointerEvent) pressed = event.buttons !== 0;
      if (!pressed && event instanceof PointerEvent) return;
      // Before the list stands, the person moves nothing: its way to its first place is its own.
      if (!isHidden(list)) inputAt.current = performance.now();
    };
    const onScroll = () => {
      const now = performance.now();
      const top = scroller.scrollTop;
      const handled = pressed || now - inputAt.current < INPUT_MS;
      const byPerson = handled || now - resizedAt.current > QUIET_MS;
      moved.current ||= handled;
      if (handled) release();
      const away = top < before;
      before = top;
      const left = scroller.scrollHeight - top - scroller.clientHeight;
      // Where the list gets lower, the end may come to somebody who is just leaving it. While nobody looks, the list that
      // has stopped at the divider may be near its end still.
      const arrives = left < (away ? AT_END_PX : NEAR_END_PX) && (shown.current.watched || handled);
      if (arrives && !(away && handled)) following.current = true;
      else if (left >= NEAR_END_PX && away && byPerson) held.current = following.current = false;
      // A correction of the list's own, which may come after the last change of size.
      if ((away || held.current) && !byPerson) toEnd();
    };
    const toEnd = () => {
      if (shown.current.watched) release();
      if (!following.current || !atEnd) return;
      const left = scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop;
      const place = shown.current.watched ? undefined : dividerPlace(scroller);
      // What is new comes below somebody who is at the end: a divider above them is of before.
      const isAhead = place !== undefined && (place >= 0 || held.current);
      if (!isAhead || place - ABOVE_DIVIDER_PX >= left) {
        if (!held.current) scroller.scrollTop = scroller.scrollHeight;
        return;
      }
      held.current = moved.current = true;
      scroller.scrollTop += place - ABOVE_DIVIDER_PX;
    };
    const follow = () => {
      resizedAt.current = performance.now();
      // In view from its first message to its last one, a chat is at its end, and has no other place to go back to.
      if (!following.current && showsAll(scroller, shown.current)) following.current = moved.current = true;
      toEnd();
    };
    // A list that takes its first place hides itself; it is seen when it has stood there for two frames, not 150 ms later.
    let frame = 0;
    const reveal = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => {
        frame = requestAnimationFrame(() => scroller.setAttribute('data-placed', ''));
      });
    };
    // For a second after opening, the list goes back to its first place with every row it measures. A person who has
    // scrolled away meanwhile must not be taken along. It has no other reason to scroll: all jumps open it anew.
    scroller.scrollTo = (...place: unknown[]) => {
      reveal();
      // While nobody looks, its first place, the end, may be far behind the divider by now.
      if (startsAtEnd && !shown.current.watched) return toEnd();
      if (startsAtEnd ? following.current : !moved.current) Reflect.apply(Element.prototype.scrollTo, scroller, place);
    };
    const observer = new ResizeObserver(follow);
    observer.observe(scroller);
    for (const content of scroller.children) observer.observe(content);
    // Rows that are not rendered stand as padding, which only the border box counts.
    if (list) observer.observe(list, { box: 'border-box' });
    // Captured, so that it is known before the list asks whether it should load more.
    scroller.addEventListener('scroll', onScroll, { passive: true, capture: true });
    for (const name of INPUTS) scroller.addEventListener(name, onInput, { passive: true });
    return () => {
      cancelAnimationFrame(frame);
      observer.disconnect();
      Reflect.deleteProperty(scroller, 'scrollTo');
      scroller.removeEventListener('scroll', onScroll, { capture: true });
      for (const name of INPUTS) scroller.removeEventListener(name, onInput);
    };
  }, [scroller, atEnd, startsAtEnd, release]);
  const lastSent = useRef(sent);
  useLayoutEffect(() => {
    if (scroller === null || lastSent.current === sent) return;
    lastSent.current = sent;
    held.current = false;
    following.current = moved.current = true;
    scroller.scrollTop = scroller.scrollHeight;
  }, [scroller, sent]);
  const scrollerRef = useCallback((element: HTMLElement | Window | null) => {
    setScroller(element instanceof HTMLElement ? element : null);
  }, []);
  /** The person reads here: what grows below does not take them along. */
  const stay = useCallback(() => {
    held.current = following.current = false;
    moved.current = true;
  }, []);
  /** Whoever sees the end is there. */
  const joinNearEnd = useCallback(() => {
    if (scroller !== null && scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END_PX)
      following.current = true;
  }, [scroller]);
  /** The list got lower. */
  const rejoin = useCallback(() => {
    shrinks();
    joinNearEnd();
  }, [shrinks, joinNearEnd]);
  const { watched } = options;
  const wasWatched = useRef(watched);
  useLayoutEffect(() => {
    if (watched && !wasWatched.current) {
      release();
      joinNearEnd();
    }
    wasWatched.current = watched;
  }, [watched, release, joinNearEnd]);
  return { scroller, scrollerRef, isFollowing: () => following.current, stay, rejoin };
}

/** Maybe with other states: they come and go at the ends. */
function sameRows(some: readonly Row[], others: readonly Row[]): boolean {
  if (some.length !== others.length) return false;
  return [0, -1].every((at) => some.at(at)?.message.id === others.at(at)?.message.id);
}

/** It hides itself until it has found its first place. */
function isHidden(list: Element | null): boolean {
  return list?.checkVisibility({ visibilityProperty: true }) === false;
}

/** How far the divider of new messages stands below the top of the view; undefined where none is made. */
function dividerPlace(scroller: HTMLElement): number | undefined {
  const divider = scroller.querySelector('.unread-divider');
  return divider === null ? undefined : divider.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
}

/** Rows that are not rendered yet have no height: all must be there before it counts that they need no scrolling. */
function showsAll(scroller: HTMLElement, { rows, complete }: { rows: readonly Row[]; complete: boolean }): boolean {
  if (!complete || scroller.scrollHeight > scroller.clientHeight) return false;
  return scroller.querySelectorAll('[data-message]').length === rows.length;
}
