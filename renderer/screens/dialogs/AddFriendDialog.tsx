import { type FormEvent, useMemo, useState } from 'react';
import { MAX_GREETING_BYTES, MAX_NAME_BYTES } from '../../../core/api/views.ts';
import { MAX_INPUT_LENGTH } from '../../../core/ids/public-id.ts';
import type { Failure } from '../../api/transport.ts';
import { Button } from '../../components/Button.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { TextArea, TextField } from '../../components/Field.tsx';
import { IdCheckResult } from '../../components/IdCheckResult.tsx';
import { Remark } from '../../components/Notice.tsx';
import { useApp, useAppStore } from '../../hooks/app-context.ts';
import { useOpenChat } from '../../hooks/use-open-chat.ts';
import { checkPublicId, type IdCheck } from '../../lib/public-id-check.ts';
import { roomLeft } from '../../lib/room.ts';
import { displayName } from '../../lib/safe-text.ts';
import { utf8Length } from '../../lib/utf8.ts';

const GREETING_HINT = 'Shown with your request.';
/** From here on the room left is told. */
const SHOW_ROOM_BYTES = MAX_GREETING_BYTES * 0.75;

/** Asks for a public ID or link, a name and a greeting. Links from outside land here and do nothing by themselves. */
export function AddFriendDialog({ initialText, onClose }: { initialText: string; onClose: () => void }) {
  const { stores } = useApp();
  const open = useOpenChat();
  const [text, setText] = useState(initialText);
  const [alias, setAlias] = useState('');
  const [greeting, setGreeting] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Failure | null>(null);
  const check = useMemo(() => checkPublicId(text), [text]);
  const refusal = useRefusal(check);
  const greetingBytes = utf8Length(greeting);
  const tooLong = utf8Length(alias) > MAX_NAME_BYTES;
  const ready = check.kind === 'good' && refusal === null && !tooLong && greetingBytes <= MAX_GREETING_BYTES;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!ready || busy) return;
    setBusy(true);
    const { dialog } = stores.ui.getState();
    const outcome = await stores.friends.getState().add({ publicId: text.trim(), alias: alias.trim(), greeting });
    setBusy(false);
    if (!outcome.ok) return setError(outcome.error);
    if (stores.ui.getState().dialog !== dialog) return;
    onClose();
    open(outcome.value.key);
  };
  return (
    <Dialog title="Add a friend" onClose={onClose}>
      <form className="form" onSubmit={(event) => void submit(event)}>
        <TextArea
          label="Public ID or link"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setError(null);
          }}
          rows={3}
          // Enough to be told that it is too long; Chromium lays out a hundred thousand lines for seconds.
          maxLength={MAX_INPUT_LENGTH + 1}
          className="input id-input"
          dir="ltr"
          placeholder="parley1…"
          hint={<IdCheckResult check={check} refusal={refusal} />}
          autoFocus
        />
        <TextField
          label="Your name for them"
          value={alias}
          onChange={(event) => setAlias(event.target.value)}
          hint="Only you see it. Without one you see the name they give themselves."
          error={tooLong ? 'This name is too long.' : null}
        />
        <TextArea
          label="Greeting"
          value={greeting}
          onChange={(event) => setGreeting(event.target.value)}
          rows={2}
          spellCheck
          placeholder="Hello, it is me …"
          hint={
            greetingBytes < SHOW_ROOM_BYTES
              ? GREETING_HINT
              : `${GREETING_HINT} ${roomLeft(greeting, MAX_GREETING_BYTES)}.`
          }
          error={greetingBytes > MAX_GREETING_BYTES ? 'This greeting is too long.' : null}
        />
        {error && <Remark tone="error">{error.message}</Remark>}
        <div className="button-row end">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" icon="add-person" busy={busy} disabled={!ready}>
            Send request
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Why a well-formed ID is still no use; the core has the last word. */
function useRefusal(check: IdCheck): string | null {
  const profile = useAppStore('profile', (state) => state.profile);
  const friends = useAppStore('friends', (state) => state.friends);
  const requests = useAppStore('friends', (state) => state.requests);
  if (check.kind !== 'good') return null;
  if (profile?.state === 'open' && profile.key === check.key) return 'This is your own ID.';
  const friend = friends.get(check.key);
  if (friend?.state === 'blocked') return `You blocked ${displayName(friend)}. Unblock them in the settings first.`;
  // Their invite tag is another now: what we asked under the old one never reached them.
  if (friend?.state === 'requested' && friend.publicId !== check.publicId) return null;
  if (friend) return `${displayName(friend)} is already in your list.`;
  if (requests.has(check.key)) return 'They have sent you a request. Accept it under “Friend requests”.';
  return null;
}
