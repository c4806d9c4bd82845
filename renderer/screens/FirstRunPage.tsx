import { type ReactNode, useEffect, useRef } from 'react';
import { Button } from '../components/Button.tsx';

/** One step before the main window: a centred card. The heading takes the focus, so that each step is announced. */
export function FirstRunPage({
  title,
  logo,
  onBack,
  wide = false,
  children,
}: {
  title: string;
  logo?: ReactNode;
  onBack?: () => void;
  wide?: boolean;
  children: ReactNode;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const field = heading.current?.closest('main')?.querySelector<HTMLElement>('[data-autofocus]');
    (field ?? heading.current)?.focus();
  }, []);
  return (
    <main className="first-run">
      <div className={wide ? 'card card-wide' : 'card'}>
        {logo}
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {children}
        {onBack && (
          <Button kind="quiet" icon="back" onClick={onBack}>
            Back
          </Button>
        )}
      </div>
    </main>
  );
}
