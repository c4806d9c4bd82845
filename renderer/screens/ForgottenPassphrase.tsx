import { ReplaceProfile } from './ReplaceProfile.tsx';

/** For somebody who cannot unlock. */
export function ForgottenPassphrase({ onBack, onAnew }: { onBack: () => void; onAnew: () => void }) {
  return (
    <ReplaceProfile title="Forgot the passphrase?" onBack={onBack} onAnew={onAnew}>
      <p className="lead">
        Nobody can reset it or do without it: everything in this profile is encrypted under it. With your 24 recovery
        words or a backup file you can go on as the same person.
      </p>
      <dl className="what-remains">
        <dt>What comes back</dt>
        <dd>
          Your identity: your friends know you as the same person. A backup file brings your name and your friends too;
          with words alone you add them again.
        </dd>
        <dt>What stays closed</dt>
        <dd>The messages on this computer, until the old passphrase comes back to you.</dd>
        <dt>What is deleted</dt>
        <dd>Nothing. The old profile is put aside in a folder of its own, and you can take it back.</dd>
      </dl>
    </ReplaceProfile>
  );
}
