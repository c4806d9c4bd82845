import { type FormEvent, useState } from 'react';
import { MAX_NAME_BYTES } from '../../../core/api/views.ts';
import { Button } from '../../components/Button.tsx';
import { CopyButton } from '../../components/CopyButton.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { TextField } from '../../components/Field.tsx';
import { QrCode } from '../../components/QrCode.tsx';
import { useApp, useAppStore } from '../../hooks/app-context.ts';
import { utf8Length } from '../../lib/utf8.ts';
import { KeyFingerprint } from './KeyFingerprint.tsx';

/** My public ID in every form in which it can be given away, and my name. */
export function OwnIdDialog({ onClose }: { onClose: () => void }) {
  const profile = useAppStore('profile', (state) => state.profile);
  if (profile?.state !== 'open') return null;
  return (
    <Dialog title="Your ID" onClose={onClose} size="wide">
      <p className="lead">
        Give this to people who may write to you. It holds no name and no address, and it may be sent over any channel.
      </p>
      <div className="own-id">
        <QrCode text={profile.link} label="QR code of your public ID" />
        <div className="own-id-texts">
          <div className="id-head">
            <h3>Public ID</h3>
            <CopyButton text={profile.publicId} label="Copy public ID" />
          </div>
          <p className="id-text" data-testid="own-public-id">
            {profile.publicId}
          </p>
          <div className="id-head">
            <h3>Link</h3>
            <CopyButton text={profile.link} label="Copy link" />
          </div>
          <p className="id-text" data-testid="own-link">
            {profile.link}
          </p>
        </div>
      </div>
      <KeyFingerprint profileKey={profile.key} testId="own-fingerprint">
        What your friends see of you. Read it to those who want to be sure that it is you.
      </KeyFingerprint>
      <NameForm name={profile.name} />
      <InviteTag tag={profile.inviteTag} />
    </Dialog>
  );
}

function NameForm({ name }: { name: string }) {
  const { client, stores } = useApp();
  const [text, setText] = useState(name);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (utf8Length(text) > MAX_NAME_BYTES) return setError('This name is too long.');
    setBusy(true);
    const outcome = await client.request('profile.setName', { name: text.trim() });
    setBusy(false);
    setError(outcome.ok ? null : outcome.error.message);
    if (outcome.ok) {
      await stores.profile.getState().load();
      stores.ui.getState().announce('Name saved');
    }
  };
  return (
    <form className="form form-inline" onSubmit={(event) => void submit(event)}>
      <TextField
        label="Your name"
        value={text}
        onChange={(event) => setText(event.target.value)}
        hint="Sent along with friend requests."
        error={error}
      />
      <Button type="submit" busy={busy} disabled={text.trim() === name}>
        Save name
      </Button>
    </form>
  );
}

function InviteTag({ tag }: { tag: string }) {
  const { client, stores } = useApp();
  const [busy, setBusy] = useState(false);
  const change = async () => {
    setBusy(true);
    const outcome = await client.request('profile.newInviteTag', {});
    setBusy(false);
    if (!outcome.ok) return stores.ui.getState().fail(outcome.error);
    await stores.profile.getState().load();
    stores.ui.getState().toast({ text: 'Your ID has a new invite tag.', tone: 'info' });
  };
  return (
    <section className="invite-tag">
      <h3>Invite tag</h3>
      <p className="muted">
        A part of your ID, now <code data-testid="invite-tag">{tag}</code>. When strangers bother you, change it: by IDs
        and links you gave away before nobody can ask you, or find out whether you are here, any more. Your friends
        notice nothing, and you can change it as often as you like.
      </p>
      <Button icon="refresh" busy={busy} onClick={() => void change()}>
        Change invite tag
      </Button>
    </section>
  );
}
