import type { FriendView } from '../../../core/api/views.ts';
import { IconButton } from '../../components/Button.tsx';
import { useApp, useAppStore } from '../../hooks/app-context.ts';
import { displayName } from '../../lib/safe-text.ts';
import { currentCall } from '../../stores/calls.ts';

/** Calls a friend; not while there is another call. */
export function CallButton({
  friend,
  className = '',
  tabIndex,
}: {
  friend: FriendView;
  className?: string;
  tabIndex?: number;
}) {
  const { stores } = useApp();
  const busy = useAppStore('calls', (calls) => currentCall(calls) !== undefined);
  const name = displayName(friend);
  return (
    <IconButton
      icon="call"
      label={busy ? `Call ${name}: end the other call first` : `Call ${name}`}
      className={`call-button ${className}`}
      disabled={busy}
      tabIndex={tabIndex}
      onClick={() => void stores.calls.getState().start(friend.key)}
    />
  );
}
