import { type ReactNode, useState } from 'react';
import { FirstRunPage } from './FirstRunPage.tsx';
import { RestoreFromBackup } from './RestoreFromBackup.tsx';
import { RestoreFromWords } from './RestoreFromWords.tsx';
import type { RestoreActions } from './restore-actions.ts';

const WAYS = [
  { id: 'words', label: 'Recovery words' },
  { id: 'backup', label: 'Backup file' },
] as const;

/** Brings a profile back, from its words or from a backup file. */
export function RestoreProfile({
  actions,
  onBack,
  children,
}: {
  actions: RestoreActions;
  onBack: () => void;
  /** A remark above the form. */
  children?: ReactNode;
}) {
  const [way, setWay] = useState<'words' | 'backup'>('words');
  return (
    <FirstRunPage title="Restore your profile" onBack={onBack}>
      {children}
      <fieldset className="segments">
        <legend className="visually-hidden">Restore from</legend>
        {WAYS.map(({ id, label }) => (
          <label key={id}>
            <input type="radio" name="way" value={id} checked={way === id} onChange={() => setWay(id)} />
            <span>{label}</span>
          </label>
        ))}
      </fieldset>
      {way === 'words' ? (
        <RestoreFromWords onCheck={actions.checkWords} onRestore={actions.restoreWords} />
      ) : (
        <RestoreFromBackup onRestore={actions.restoreBackup} />
      )}
    </FirstRunPage>
  );
}
