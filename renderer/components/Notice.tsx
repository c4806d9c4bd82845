import type { ReactNode } from 'react';
import { Icon, type IconName } from './Icon.tsx';

/** What stands where there is nothing to show: why, and what can be done. */
export function EmptyState({ icon, title, children }: { icon: IconName; title: ReactNode; children?: ReactNode }) {
  return (
    <div className="empty-state">
      <Icon name={icon} size={36} />
      <p className="empty-title">{title}</p>
      {children}
    </div>
  );
}

/** Something is being fetched. */
export function Loading({ label = 'Loading…' }: { label?: string }) {
  return (
    <div className="loading" role="status">
      <span className="spinner" aria-hidden="true" />
      {label}
    </div>
  );
}

/** A framed remark inside a page. */
export function Remark({ tone = 'info', children }: { tone?: 'info' | 'warning' | 'error'; children: ReactNode }) {
  return (
    <div className={`remark remark-${tone}`} role={tone === 'error' ? 'alert' : undefined}>
      <Icon name={tone === 'info' ? 'lock' : 'warning'} size={18} />
      <div>{children}</div>
    </div>
  );
}
