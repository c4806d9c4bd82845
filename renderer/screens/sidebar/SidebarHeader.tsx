import { Avatar } from '../../components/Avatar.tsx';
import { IconButton } from '../../components/Button.tsx';
import { useApp, useAppStore } from '../../hooks/app-context.ts';
import { plainLine } from '../../lib/safe-text.ts';

/** My profile and the ways to the other pages. */
export function SidebarHeader() {
  const { stores } = useApp();
  const profile = useAppStore('profile', (state) => state.profile);
  const view = useAppStore('ui', (ui) => ui.view.kind);
  const offline = useAppStore('network', ({ status }) => status !== null && status.nodeCount === 0);
  const { show, openDialog } = stores.ui.getState();
  if (profile?.state !== 'open') return null;
  const name = plainLine(profile.name) || 'Me';
  return (
    <header className="sidebar-header">
      <button type="button" className="own-button" onClick={() => openDialog({ kind: 'own-id' })} title="Your ID">
        <Avatar id={profile.key} name={name} size="small" />
        <span className="own-name" dir="auto">
          {name}
        </span>
        <span className="visually-hidden">: your ID</span>
      </button>
      <IconButton
        icon="network"
        label={offline ? 'Network (no other node found)' : 'Network'}
        className={offline ? 'has-dot' : ''}
        data-view="network"
        aria-current={view === 'network' ? 'page' : undefined}
        onClick={() => show({ kind: 'network' })}
      />
      <IconButton
        icon="settings"
        label="Settings"
        data-view="settings"
        aria-current={view === 'settings' ? 'page' : undefined}
        onClick={() => show({ kind: 'settings' })}
      />
      <IconButton icon="add-person" label="Add friend" onClick={() => openDialog({ kind: 'add-friend', text: '' })} />
    </header>
  );
}
