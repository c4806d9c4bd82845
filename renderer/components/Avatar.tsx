import type { FriendView } from '../../core/api/views.ts';
import { avatarColour, initials } from '../lib/avatar.ts';

/** Initials on the key's colour; decorative, since the name always stands beside it. */
export function Avatar({
  id,
  name,
  presence,
  size = 'medium',
}: {
  id: string;
  name: string;
  presence?: FriendView['presence'];
  size?: 'small' | 'medium' | 'large';
}) {
  return (
    <span className={`avatar avatar-${size} avatar-colour-${avatarColour(id)}`} aria-hidden="true">
      {initials(name)}
      {presence && <span className={`presence presence-${presence}`} />}
    </span>
  );
}
