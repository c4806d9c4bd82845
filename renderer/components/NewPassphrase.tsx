import { useState } from 'react';
import { passphraseStrength } from '../lib/passphrase.ts';
import { PassphraseField } from './Field.tsx';

/** A passphrase to be chosen, with a strength hint and a second field against typing errors. */
export function NewPassphrase({
  label,
  value,
  repeated,
  onChange,
  onRepeat,
  hint,
  autoFocus,
}: {
  label: string;
  value: string;
  repeated: string;
  onChange: (value: string) => void;
  onRepeat: (value: string) => void;
  hint?: string;
  autoFocus?: boolean;
}) {
  const [repeatedWhole, setRepeatedWhole] = useState(false);
  // Whoever is still typing the right one is not told that it is wrong.
  const onTheWay = !repeatedWhole && value.startsWith(repeated);
  const differs = repeated !== '' && repeated !== value && !onTheWay;
  return (
    <>
      <PassphraseField
        label={label}
        value={value}
        onChange={onChange}
        hint={<Hint value={value} hint={hint} />}
        autoFocus={autoFocus}
        isNew
      />
      {value !== '' && (
        <PassphraseField
          label={`Repeat ${label.toLowerCase().replace(/ \(optional\)$/u, '')}`}
          value={repeated}
          onChange={(text) => {
            setRepeatedWhole(false);
            onRepeat(text);
          }}
          onTyped={() => setRepeatedWhole(true)}
          error={differs ? 'The two passphrases are not the same.' : null}
          isNew
        />
      )}
    </>
  );
}

function Hint({ value, hint }: { value: string; hint?: string }) {
  const { score, label } = passphraseStrength(value);
  if (value === '') return hint;
  return (
    <span className="strength">
      <span className={`strength-bar strength-${score}`} aria-hidden="true" />
      <span role="status">{label}</span>
      {score < 3 && <span className="strength-tip">Several unrelated words are strong and easy to keep in mind.</span>}
    </span>
  );
}

/** True when the passphrase may be used: left out, or typed twice alike. */
export function isSettled(value: string, repeated: string): boolean {
  return value === '' || value === repeated;
}
