import { ApiError } from '../api/errors.ts';
import type { ProfileFault, ProfileView } from '../api/views.ts';
import { toHex } from '../ids/bytes.ts';
import { publicIdLink } from '../ids/public-id.ts';
import { faultError } from './profile-fault.ts';
import type { ProfileSession } from './profile-session.ts';
import type { Protection } from './profile-vault.ts';

/** What there is of the profile in the data folder. */
export type ProfileState =
  | { readonly kind: 'missing' }
  | { readonly kind: 'locked' }
  | { readonly kind: 'damaged'; readonly fault: ProfileFault }
  | { readonly kind: 'open'; readonly session: ProfileSession; readonly protection: Protection };

/** The open profile. @throws ApiError `no-profile`, `profile-locked`, or the fault of a damaged one */
export function sessionOf(state: ProfileState): ProfileSession {
  if (state.kind === 'open') return state.session;
  if (state.kind === 'damaged') throw faultError(state.fault);
  if (state.kind === 'locked') throw new ApiError('profile-locked', 'The profile is locked.');
  throw new ApiError('no-profile', 'There is no profile yet.');
}

/** The state as the shells see it. */
export function viewOf(state: ProfileState): ProfileView {
  if (state.kind === 'missing') return { state: 'missing' };
  if (state.kind === 'locked') return { state: 'locked', name: '' };
  if (state.kind === 'damaged') return { state: 'damaged', fault: state.fault };
  const { session, protection } = state;
  return {
    state: 'open',
    name: session.messenger.name,
    key: toHex(session.keys.publicKey),
    publicId: session.publicId,
    link: publicIdLink(session.publicId),
    inviteTag: session.inviteTag,
    protection,
    wordsConfirmed: session.wordsConfirmed,
    openElsewhere: session.elsewhere.seen,
  };
}
