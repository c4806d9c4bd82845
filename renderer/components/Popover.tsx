import { type ReactNode, type RefObject, useEffect, useId, useLayoutEffect, useRef } from 'react';

/** Distance to the anchor and to the edges of the window. */
const GAP_PX = 8;

/**
 * A small window beside the control that opened it, above everything else and never cut off by what scrolls. It takes
 * the focus and gives it back; Escape, a press or the focus elsewhere close it, and so does the anchor going away.
 */
export function Popover({
  anchor,
  title,
  onClose,
  children,
}: {
  anchor: HTMLElement;
  title: string;
  onClose: () => void;
  children: ReactNode;
}) {
  const ref = useRef<HTMLDivElement>(null);
  const titleId = useId();
  useLayoutEffect(() => {
    const popover = ref.current;
    popover?.showPopover();
    popover?.focus({ preventScroll: true });
  }, []);
  usePlace(ref, anchor, onClose);
  useCloseElsewhere(ref, anchor, onClose);
  return (
    <div
      ref={ref}
      popover="manual"
      className="popover"
      role="dialog"
      aria-labelledby={titleId}
      tabIndex={-1}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key !== 'Escape') return;
        event.preventDefault();
        onClose();
        anchor.focus();
      }}
    >
      <p className="popover-title" id={titleId}>
        {title}
      </p>
      {children}
    </div>
  );
}

/** Keeps it above the anchor, or below where there is more room, and inside of the window. */
function usePlace(ref: RefObject<HTMLElement | null>, anchor: HTMLElement, onGone: () => void): void {
  useLayoutEffect(() => {
    const popover = ref.current;
    if (popover === null) return;
    const place = () => {
      const at = anchor.getBoundingClientRect();
      const { width, height } = popover.getBoundingClientRect();
      if (!anchor.isConnected || at.bottom < 0 || at.top > window.innerHeight) return onGone();
      const above = at.top - GAP_PX - height;
      const top = above >= GAP_PX ? above : at.bottom + GAP_PX;
      popover.style.top = `${clamp(top, window.innerHeight - height - GAP_PX)}px`;
      popover.style.left = `${clamp(at.right - width, window.innerWidth - width - GAP_PX)}px`;
    };
    place();
    const observer = new ResizeObserver(place);
    observer.observe(popover);
    window.addEventListener('resize', place);
    window.addEventListener('scroll', place, { capture: true, passive: true });
    return () => {
      observer.disconnect();
      window.removeEventListener('resize', place);
      window.removeEventListener('scroll', place, { capture: true });
    };
  });
}

function clamp(value: number, most: number): number {
  return Math.max(GAP_PX, Math.min(value, most));
}

function useCloseElsewhere(ref: RefObject<HTMLElement | null>, anchor: HTMLElement, close: () => void): void {
  useEffect(() => {
    const onElsewhere = ({ target }: Event) => {
      if (!(target instanceof Node)) return;
      // A press on the anchor closes it by itself.
      if (!ref.current?.contains(target) && !anchor.contains(target)) close();
    };
    document.addEventListener('mousedown', onElsewhere);
    document.addEventListener('focusin', onElsewhere);
    return () => {
      document.removeEventListener('mousedown', onElsewhere);
      document.removeEventListener('focusin', onElsewhere);
    };
  });
}
