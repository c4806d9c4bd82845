import { Avatar } from '../../components/Avatar.tsx';
import { Button } from '../../components/Button.tsx';
import { CopyButton } from '../../components/CopyButton.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { useApp, useAppStore } from '../../hooks/app-context.ts';
import { fullTime } from '../../lib/format.ts';
import { displayName, plainLine } from '../../lib/safe-text.ts';
import { KeyFingerprint } from './KeyFingerprint.tsx';

/** Who a friend is: the names, the key to compare, the public ID to pass on. */
export function FriendDialog({ friendKey, onClose }: { friendKey: string; onClose: () => void }) {
  const { stores } = useApp();
  const friend = useAppStore('friends', ({ friends }) => friends.get(friendKey));
  if (friend === undefined) return null;
  const name = displayName(friend);
  const ownName = plainLine(friend.name);
  return (
    <Dialog title="Friend" onClose={onClose}>
      <div className="request-head">
        <Avatar id={friend.key} name={name} />
        <div>
          <h3 dir="auto">{name}</h3>
          <p className="muted">
            {ownName !== '' && (
              <>
                Calls themselves <bdi>{ownName}</bdi>.{' '}
              </>
            )}
            In your list since {fullTime(friend.addedAt)}.
          </p>
        </div>
      </div>
      <KeyFingerprint profileKey={friend.key} testId="friend-fingerprint">
        To be sure who this is, compare it over another way with the fingerprint that <bdi>{name}</bdi> sees under “Your
        ID”.
      </KeyFingerprint>
      <section>
        <h3>Public ID</h3>
        <p className="id-text">{friend.publicId}</p>
      </section>
      <div className="button-row">
        <CopyButton text={friend.publicId} label="Copy public ID" />
        <Button icon="edit" onClick={() => stores.ui.getState().openDialog({ kind: 'rename', key: friend.key })}>
          Rename
        </Button>
      </div>
    </Dialog>
  );
}
