import { useEffect, useId, useRef, useState } from 'react';
import { IconButton } from './Button.tsx';
import type { IconName } from './Icon.tsx';
import { type MenuItem, MenuItems, moveInMenu } from './MenuItems.tsx';

/** A button that opens a short list of commands (WAI-ARIA menu button pattern). */
export function Menu({ label, items, icon = 'menu' }: { label: string; items: readonly MenuItem[]; icon?: IconName }) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const id = useId();
  useCloseOutside(root, open, () => setOpen(false));
  const close = () => {
    setOpen(false);
    root.current?.querySelector('button')?.focus();
  };
  return (
    <div className="menu" ref={root}>
      <IconButton
        icon={icon}
        label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      />
      {open && (
        <div
          className="menu-list"
          role="menu"
          id={id}
          aria-label={label}
          onKeyDown={(event) => moveInMenu(event, close)}
        >
          <MenuItems items={items} onDone={close} />
        </div>
      )}
    </div>
  );
}

/** Calls back on a press or a focus outside of the element while `open`. */
export function useCloseOutside(root: React.RefObject<HTMLElement | null>, open: boolean, close: () => void): void {
  useEffect(() => {
    if (!open) return;
    const onOutside = (event: Event) => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) close();
    };
    document.addEventListener('mousedown', onOutside);
    document.addEventListener('focusin', onOutside);
    return () => {
      document.removeEventListener('mousedown', onOutside);
      document.removeEventListener('focusin', onOutside);
    };
  });
}
