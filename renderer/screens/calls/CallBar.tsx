import { useState } from 'react';
import type { CallView } from '../../../core/api/views.ts';
import { Avatar } from '../../components/Avatar.tsx';
import { Button, IconButton } from '../../components/Button.tsx';
import { useApp, useAppStore, useVoice } from '../../hooks/app-context.ts';
import { useCallName } from '../../hooks/use-call-name.ts';
import { useFreshCall } from '../../hooks/use-fresh-call.ts';
import { useNow } from '../../hooks/use-now.ts';
import { openChat } from '../../hooks/use-open-chat.ts';
import { callStateWords, qualityWords, timer } from '../../lib/call-words.ts';
import { CallDetails } from './CallDetails.tsx';
import { CallRemark } from './CallRemark.tsx';
import { TalkButton, TalkKey } from './TalkButton.tsx';

/** The call that goes on, or is being made. From a dialog no way leads to the chat: it would be lost what was typed. */
export function CallBar({ call, inDialog }: { call: CallView; inDialog: boolean }) {
  const app = useApp();
  const name = useCallName(call.friend);
  const { end } = app.stores.calls.getState();
  const who = (
    <>
      <Avatar id={call.friend} name={name} />
      <span className="call-who">
        <span className="call-name" dir="auto">
          {name}
        </span>
        <Progress call={call} />
      </span>
    </>
  );
  return (
    <section className="call-area" aria-label={`Call with ${name}`} data-testid="call" data-state={call.state}>
      <div className="call-bar">
        {inDialog ? (
          <div className="call-friend">{who}</div>
        ) : (
          <button type="button" className="call-friend" onClick={() => openChat(app, call.friend)}>
            {who}
            <span className="visually-hidden">, show the chat</span>
          </button>
        )}
        <div className="call-buttons">
          {call.quality !== null && call.state === 'active' && <Quality call={call} />}
          <TalkButton />
          <Switches call={call} />
          <Button kind="danger" icon="hang-up" onClick={() => void end(call.call)}>
            {call.answeredAt === null && call.direction === 'out' ? 'Cancel' : 'Hang up'}
          </Button>
        </div>
      </div>
      <CallRemark call={call} />
      {!inDialog && <TalkKey />}
    </section>
  );
}

/** What it is doing, and for how long people have been talking. */
function Progress({ call }: { call: CallView }) {
  const now = useNow(1_000);
  const lost = useAppStore('ui', (ui) => ui.coreLost);
  if (lost) {
    return (
      <span className="call-progress muted" role="status">
        Whether the call goes on is not known while Parley is not connected
      </span>
    );
  }
  const words = callStateWords(call);
  return (
    <span className="call-progress muted">
      {call.answeredAt !== null && <span data-testid="call-timer">{timer(now - call.answeredAt)}</span>}
      {call.answeredAt !== null && words !== '' && ' · '}
      <span role="status">{words}</span>
    </span>
  );
}

/** Microphone and loudspeaker of this side. */
function Switches({ call: { call, muted, deafened } }: { call: CallView }) {
  const { stores } = useApp();
  const { setMuted } = stores.calls.getState();
  return (
    <>
      <IconButton
        icon={muted ? 'microphone-off' : 'microphone'}
        label="Mute: they do not hear you"
        className={muted ? 'call-off' : ''}
        aria-pressed={muted}
        onClick={() => void setMuted(call, { muted: !muted })}
      />
      <IconButton
        icon={deafened ? 'headphones-off' : 'headphones'}
        label="Deafen: you do not hear them"
        className={deafened ? 'call-off' : ''}
        aria-pressed={deafened}
        onClick={() => void setMuted(call, { deafened: !deafened })}
      />
    </>
  );
}

/** A sign for how it sounds; pressed, it tells more. */
function Quality({ call }: { call: CallView }) {
  const { quality } = useFreshCall(call);
  const bufferMs = useVoice(({ stats }) => stats?.targetMs ?? 40);
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const { level, words } = qualityWords(quality, bufferMs);
  return (
    <>
      <button
        type="button"
        className="call-quality"
        data-testid="call-quality"
        data-level={level}
        aria-label={words}
        title={words}
        aria-haspopup="dialog"
        aria-expanded={anchor !== null}
        onClick={({ currentTarget }) => setAnchor(anchor === null ? currentTarget : null)}
      >
        <span className="quality-bars" aria-hidden="true">
          <i />
          <i />
          <i />
        </span>
        <span className="quality-words">{words}</span>
      </button>
      {anchor !== null && <CallDetails call={call} anchor={anchor} onClose={() => setAnchor(null)} />}
    </>
  );
}
