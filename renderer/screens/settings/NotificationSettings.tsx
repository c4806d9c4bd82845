import { useState } from 'react';
import type { Settings } from '../../../core/api/views.ts';
import { Button } from '../../components/Button.tsx';
import { Choice } from '../../components/Field.tsx';

const MODES = [
  { value: 'off', label: 'Off' },
  { value: 'name', label: 'Name only' },
  { value: 'name-and-text', label: 'Name and text' },
] as const;

/** What a notification says, and the browser's leave to show it. */
export function NotificationSettings({
  mode,
  onChange,
}: {
  mode: Settings['notifications'];
  onChange: (mode: Settings['notifications']) => void;
}) {
  const [permission, setPermission] = useState(() =>
    'Notification' in window ? Notification.permission : ('denied' as const),
  );
  const ask = async () => setPermission(await Notification.requestPermission());
  return (
    <section className="panel" aria-labelledby="set-notifications">
      <h2 id="set-notifications">Notifications</h2>
      <Choice
        label="When a message arrives and this window is not in front"
        value={mode}
        options={MODES}
        onChange={onChange}
      />
      {mode !== 'off' && permission === 'default' && <Button onClick={() => void ask()}>Allow notifications</Button>}
      {mode !== 'off' && permission === 'denied' && (
        <p className="muted">
          This browser or system does not let Parley show notifications. You can allow them in its settings.
        </p>
      )}
    </section>
  );
}
