import { type MouseEvent, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useCloseOutside } from './Menu.tsx';
import { type MenuItem, MenuItems, moveInMenu } from './MenuItems.tsx';

/** Distance to the edges of the window. */
const GAP_PX = 8;

/** Where a menu was asked for, and what had the focus. */
export interface ContextMenuPlace {
  readonly x: number;
  readonly y: number;
  readonly opener: HTMLElement;
  /** What the pointer was on, or what had the focus. */
  readonly target: Element;
}

/** The one menu of an area: open at a place, or closed. `open` takes the event of the right button or the menu key. */
export function useContextMenu() {
  const [place, setPlace] = useState<ContextMenuPlace | null>(null);
  const open = useCallback((event: MouseEvent<HTMLElement>, opener: HTMLElement) => {
    event.preventDefault();
    const target = event.target as Element;
    setPlace({ x: event.clientX, y: event.clientY, opener, target });
  }, []);
  const close = useCallback(() => setPlace(null), []);
  return { place, open, close };
}

/** Commands at the pointer. It goes with a choice, Escape, a press elsewhere, or when what is below it moves. */
export function ContextMenu({
  place,
  label,
  items,
  onClose,
}: {
  place: ContextMenuPlace;
  label: string;
  items: readonly MenuItem[];
  onClose: () => void;
}) {
  const root = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const menu = root.current;
    if (menu === null) return;
    menu.showPopover();
    const { width, height } = menu.getBoundingClientRect();
    // Towards the middle of the window where it would stand out, as system menus do.
    const left = place.x + width + GAP_PX > window.innerWidth ? place.x - width : place.x;
    const top = place.y + height + GAP_PX > window.innerHeight ? place.y - height : place.y;
    menu.style.left = `${Math.max(GAP_PX, left)}px`;
    menu.style.top = `${Math.max(GAP_PX, top)}px`;
  }, [place]);
  useCloseOutside(root, true, onClose);
  useEffect(() => {
    const events = ['resize', 'blur', 'wheel'] as const;
    for (const name of events) window.addEventListener(name, onClose, { passive: true });
    return () => {
      for (const name of events) window.removeEventListener(name, onClose);
    };
  }, [onClose]);
  const leave = () => {
    onClose();
    place.opener.focus({ preventScroll: true });
  };
  return (
    <div
      ref={root}
      popover="manual"
      className="menu-list context-menu"
      role="menu"
      aria-label={label}
      onContextMenu={(event) => event.preventDefault()}
      onKeyDown={(event) => moveInMenu(event, leave)}
    >
      <MenuItems items={items} onDone={leave} />
    </div>
  );
}
