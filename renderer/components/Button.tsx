import type { ComponentProps, ReactNode } from 'react';
import { Icon, type IconName } from './Icon.tsx';

type Kind = 'primary' | 'plain' | 'quiet' | 'danger';

/** A button with words. While `busy` it stays in place, keeps its name and cannot be pressed again. */
export function Button({
  kind = 'plain',
  icon,
  busy = false,
  children,
  ...rest
}: ComponentProps<'button'> & { kind?: Kind; icon?: IconName; busy?: boolean; children: ReactNode }) {
  return (
    <button
      type="button"
      {...rest}
      className={`button button-${kind}`}
      disabled={rest.disabled || busy}
      aria-busy={busy}
    >
      {busy ? <span className="spinner" aria-hidden="true" /> : icon && <Icon name={icon} size={18} />}
      <span>{children}</span>
    </button>
  );
}

/** A button with a sign only; `label` is its name and its tooltip. */
export function IconButton({
  icon,
  label,
  size = 20,
  className = '',
  ...rest
}: Omit<ComponentProps<'button'>, 'aria-label' | 'title'> & { icon: IconName; label: string; size?: number }) {
  return (
    <button type="button" {...rest} className={`icon-button ${className}`} aria-label={label} title={label}>
      <Icon name={icon} size={size} />
    </button>
  );
}
