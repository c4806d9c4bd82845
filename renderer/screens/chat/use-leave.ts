import { useLayoutEffect, useRef } from 'react';
import { useApp } from '../../hooks/app-context.ts';
import type { Place } from '../../stores/chat.ts';

/** Keeps where the chat with this friend is left, so that it opens there again. */
export function useLeave(friend: string, scroller: HTMLElement | null, isFollowing: () => boolean): void {
  const { stores } = useApp();
  const following = useRef(isFollowing);
  following.current = isFollowing;
  useLayoutEffect(() => {
    if (scroller === null) return;
    return () => stores.chat.getState().leave(friend, following.current() ? null : placeIn(scroller));
  }, [stores, friend, scroller]);
}

/** The first message that is in view, or was cut by the upper edge. */
function placeIn(scroller: HTMLElement): Place | null {
  const { top } = scroller.getBoundingClientRect();
  for (const message of scroller.querySelectorAll<HTMLElement>('.message-item')) {
    const at = message.getBoundingClientRect();
    const id = message.querySelector<HTMLElement>('[data-message]')?.dataset.message;
    if (at.bottom > top && id !== undefined) return { id, offsetPx: at.top - top };
  }
  return null;
}
