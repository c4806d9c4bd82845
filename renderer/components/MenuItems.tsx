import { type KeyboardEvent, useEffect, useRef } from 'react';
import { Icon, type IconName } from './Icon.tsx';

export interface MenuItem {
  readonly label: string;
  readonly icon: IconName;
  readonly danger?: boolean;
  readonly run: () => void;
}

/** The commands of an open menu; the first one takes the focus. `onDone` gives the focus back. */
export function MenuItems({ items, onDone }: { items: readonly MenuItem[]; onDone: () => void }) {
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => first.current?.focus({ preventScroll: true }), []);
  return items.map((item, i) => (
    <button
      key={item.label}
      ref={i === 0 ? first : undefined}
      type="button"
      role="menuitem"
      tabIndex={-1}
      className={item.danger ? 'menu-item menu-item-danger' : 'menu-item'}
      onClick={() => {
        onDone();
        item.run();
      }}
    >
      <Icon name={item.icon} size={18} />
      {item.label}
    </button>
  ));
}

/** Up, Down, Home and End go from command to command; Escape and Tab leave the menu. */
export function moveInMenu(event: KeyboardEvent<HTMLElement>, close: () => void): void {
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role=menuitem]')];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
  if (event.key === 'Escape' || event.key === 'Tab') {
    // Tab goes on from what opened the menu.
    if (event.key === 'Escape') event.preventDefault();
    event.stopPropagation();
    close();
  }
  if (to === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  items.at(to % items.length)?.focus();
}
