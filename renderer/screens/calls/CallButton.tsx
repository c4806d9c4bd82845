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
  const lost = useAppStore('ui', (ui) => ui.coreLost);
  const name = displayName(friend);
  const label = `Call ${name}`;
  return (
    <IconButton
      icon="call"
      label={lost ? `${label}: Parley is not connected` : busy ? `${label}: end the other call first` : label}
      className={`call-button ${className}`}
      disabled={busy || lost}
      tabIndex={tabIndex}
      onClick={() => void stores.calls.getState().start(friend.key)}
    />
  );
}
