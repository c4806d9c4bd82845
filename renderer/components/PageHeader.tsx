import { type ReactNode, useEffect, useRef } from 'react';
import { useApp } from '../hooks/app-context.ts';
import { IconButton } from './Button.tsx';

/** Title line of a page on the right; a back button in narrow windows. The heading takes the focus. */
export function PageHeader({ title, children }: { title: string; children?: ReactNode }) {
  const { stores } = useApp();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <header className="page-header">
      <IconButton
        icon="back"
        label="Back to the list"
        className="only-narrow"
        onClick={() => stores.ui.getState().show({ kind: 'home' })}
      />
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {children}
    </header>
  );
}
