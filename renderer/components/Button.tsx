import { type ComponentProps, type ReactNode, useState } from 'react';
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
    <PlainButton {...rest} className={`button button-${kind}`} disabled={rest.disabled || busy} aria-busy={busy}>
      {busy ? <span className="spinner" aria-hidden="true" /> : icon && <Icon name={icon} size={18} />}
      <span>{children}</span>
    </PlainButton>
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
    <PlainButton {...rest} className={`icon-button ${className}`} aria-label={label} title={label}>
      <Icon name={icon} size={size} />
    </PlainButton>
  );
}

/** One that is off keeps the focus until it is left: the browser would take it away, and the keyboard would lose its place. */
function PlainButton({ disabled = false, onClick, onFocus, onBlur, ...rest }: ComponentProps<'button'>) {
  const [focused, setFocused] = useState(false);
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled && !focused}
      aria-disabled={disabled || undefined}
      onClick={(event) => {
        if (disabled) event.preventDefault();
        else onClick?.(event);
      }}
      onFocus={(event) => {
        setFocused(true);
        onFocus?.(event);
      }}
      onBlur={(event) => {
        // Where another window has the focus now, it comes back to the button with this one.
        setFocused(event.currentTarget === document.activeElement);
        onBlur?.(event);
      }}
    />
  );
}
