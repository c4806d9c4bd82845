import { type ComponentProps, type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { IconButton } from './Button.tsx';

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string | null;
}

function describedBy(id: string, { hint, error }: FieldProps): string | undefined {
  return [error ? `${id}-error` : '', hint ? `${id}-hint` : ''].filter(Boolean).join(' ') || undefined;
}

function Notes({ id, hint, error }: FieldProps & { id: string }) {
  return (
    <>
      {error && (
        <p className="field-error" id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
      {hint && (
        <div className="field-hint" id={`${id}-hint`}>
          {hint}
        </div>
      )}
    </>
  );
}

/** One line of text with its label, hint and error. */
export function TextField({ label, hint, error, autoFocus, id: given, ...rest }: ComponentProps<'input'> & FieldProps) {
  const own = useId();
  const id = given ?? own;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        type="text"
        dir="auto"
        autoComplete="off"
        spellCheck={false}
        {...rest}
        id={id}
        className="input"
        data-autofocus={autoFocus || undefined}
        aria-invalid={error ? true : undefined}
        aria-describedby={describedBy(id, { label, hint, error })}
      />
      <Notes id={id} label={label} hint={hint} error={error} />
    </div>
  );
}

/** Several lines of text with their label, hint and error. */
export function TextArea({
  label,
  hint,
  error,
  autoFocus,
  grows = false,
  ...rest
}: Omit<ComponentProps<'textarea'>, 'id'> & FieldProps & { /** As high as its text. */ grows?: boolean }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <textarea
        dir="auto"
        autoComplete="off"
        spellCheck={false}
        rows={3}
        {...rest}
        id={id}
        className={grows ? 'input input-grows' : 'input'}
        data-autofocus={autoFocus || undefined}
        aria-invalid={error ? true : undefined}
        aria-describedby={describedBy(id, { label, hint, error })}
      />
      <Notes id={id} label={label} hint={hint} error={error} />
    </div>
  );
}

/** A passphrase, hidden until the person asks to see it. */
export function PassphraseField({
  label,
  value,
  onChange,
  hint,
  error,
  autoFocus,
  onTyped,
  isNew = false,
}: FieldProps & {
  value: string;
  onChange: (value: string) => void;
  /** The person takes it for whole: leaves the field or presses Enter. */
  onTyped?: () => void;
  autoFocus?: boolean;
  isNew?: boolean;
}) {
  const id = useId();
  const [shown, setShown] = useState(false);
  const [capsLock, setCapsLock] = useState(false);
  const look = (event: KeyboardEvent) => setCapsLock(event.getModifierState('CapsLock'));
  const ref = useRef<HTMLInputElement>(null);
  // One that was wrong is typed anew at once; it stays for whoever wants to look at it. A new one is still being typed.
  useEffect(() => {
    if (!error || isNew) return;
    ref.current?.focus();
    ref.current?.select();
  }, [error, isNew]);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="input-with-button">
        <input
          ref={ref}
          id={id}
          className="input"
          type={shown ? 'text' : 'password'}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          onBlur={() => {
            setCapsLock(false);
            onTyped?.();
          }}
          onKeyDown={(event) => {
            look(event);
            if (event.key === 'Enter') onTyped?.();
          }}
          onKeyUp={look}
          autoComplete={isNew ? 'new-password' : 'current-password'}
          spellCheck={false}
          data-autofocus={autoFocus || undefined}
          aria-invalid={error ? true : undefined}
          aria-describedby={describedBy(id, { label, hint, error })}
        />
        <IconButton
          icon={shown ? 'eye-off' : 'eye'}
          label={shown ? 'Hide characters' : 'Show characters'}
          onClick={() => setShown(!shown)}
        />
      </div>
      {capsLock && (
        <p className="field-hint warn-text" role="alert">
          Caps Lock is on.
        </p>
      )}
      <Notes id={id} label={label} hint={hint} error={error} />
    </div>
  );
}

/** A setting that is on or off. */
export function Switch({
  label,
  hint,
  checked,
  onChange,
}: {
  label: string;
  hint?: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}) {
  const id = useId();
  return (
    <div className="switch-row">
      <div>
        <label htmlFor={id}>{label}</label>
        {hint && (
          <p className="field-hint" id={`${id}-hint`}>
            {hint}
          </p>
        )}
      </div>
      <input
        id={id}
        className="switch"
        type="checkbox"
        role="switch"
        checked={checked}
        aria-checked={checked}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => onChange(event.target.checked)}
      />
    </div>
  );
}

/** One of a few values, as radio buttons. */
export function Choice<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: T;
  options: readonly { readonly value: T; readonly label: string }[];
  onChange: (value: T) => void;
}) {
  const name = useId();
  return (
    <fieldset className="choice">
      <legend>{label}</legend>
      <div className="choice-options">
        {options.map((option) => (
          <label key={option.value} className="choice-option">
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
            />
            <span>{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
