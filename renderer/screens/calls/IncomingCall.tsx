import { useEffect, useRef } from 'react';
import type { CallView } from '../../../core/api/views.ts';
import { Avatar } from '../../components/Avatar.tsx';
import { Button } from '../../components/Button.tsx';
import { useApp, useAppStore } from '../../hooks/app-context.ts';
import { useCallName } from '../../hooks/use-call-name.ts';

/** A friend is calling; with a call going on, taking this one ends that. */
export function IncomingCall({ call, current }: { call: CallView; current: CallView | undefined }) {
  const { stores } = useApp();
  const name = useCallName(call.friend);
  const other = useCallName(current?.friend ?? '');
  const wanted = useAppStore('calls', (calls) => calls.wanted === call.call);
  const lost = useAppStore('ui', (ui) => ui.coreLost);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (wanted) button.current?.focus();
  }, [wanted]);
  const { accept, decline } = stores.calls.getState();
  return (
    <section className="call-bar call-incoming" aria-label={`Call from ${name}`} data-testid="incoming-call">
      <Avatar id={call.friend} name={name} />
      <div className="call-who">
        <p className="call-name" dir="auto">
          {name}
        </p>
        <p className="muted">
          {lost
            ? 'Was calling you. Parley is not connected now.'
            : current
              ? `Is calling you. Taking it ends the call with ${other}.`
              : 'Is calling you'}
        </p>
      </div>
      <div className="call-buttons">
        <Button ref={button} kind="primary" icon="call" onClick={() => void accept(call.call)}>
          {current ? 'End and accept' : 'Accept'}
        </Button>
        <Button kind="danger" icon="hang-up" onClick={() => void decline(call.call)}>
          Decline
        </Button>
      </div>
    </section>
  );
}
