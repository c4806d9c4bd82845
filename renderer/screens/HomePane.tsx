import { Button } from '../components/Button.tsx';
import { Logo } from '../components/Logo.tsx';
import { useApp, useAppStore } from '../hooks/app-context.ts';
import { hasFriends } from '../stores/friends.ts';

/** What stands on the right before anything is chosen. */
export function HomePane() {
  const { stores } = useApp();
  const some = useAppStore('friends', ({ friends }) => hasFriends(friends));
  const { openDialog } = stores.ui.getState();
  return (
    <div className="home">
      <Logo size={96} />
      <h1>Parley</h1>
      <p>
        {some
          ? 'Choose a friend to read and write.'
          : 'Give your public ID to somebody you know, or add them with theirs.'}
      </p>
      <div className="button-row">
        <Button kind="primary" icon="add-person" onClick={() => openDialog({ kind: 'add-friend', text: '' })}>
          Add a friend
        </Button>
        <Button icon="key" onClick={() => openDialog({ kind: 'own-id' })}>
          Show my ID
        </Button>
      </div>
      <Button kind="quiet" onClick={() => openDialog({ kind: 'shortcuts' })}>
        Keyboard shortcuts
      </Button>
    </div>
  );
}
