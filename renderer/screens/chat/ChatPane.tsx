import { useEffect } from 'react';
import type { FriendView } from '../../../core/api/views.ts';
import { Button } from '../../components/Button.tsx';
import { EmptyState, Loading, Remark } from '../../components/Notice.tsx';
import { PageHeader } from '../../components/PageHeader.tsx';
import { useApp, useAppStore } from '../../hooks/app-context.ts';
import { useLasting } from '../../hooks/use-lasting.ts';
import { askedText, awayText } from '../../lib/delivery.ts';
import { displayName } from '../../lib/safe-text.ts';
import { ChatHeader } from './ChatHeader.tsx';
import { ChatSearch } from './ChatSearch.tsx';
import { Composer } from './Composer.tsx';
import { MessageList } from './MessageList.tsx';
import { TypingLine } from './TypingLine.tsx';

/** Whoever waits longer for the history is told so. */
const PATIENCE_MS = 500;

/** One friend's chat: header, search in it, history, composer. */
export function ChatPane({ friendKey }: { friendKey: string }) {
  const { stores } = useApp();
  const friend = useAppStore('friends', ({ friends }) => friends.get(friendKey));
  const status = useAppStore('friends', (state) => state.status);
  const known = useAppStore('ui', (ui) => !ui.coreLost);
  useEffect(() => {
    const chat = stores.chat.getState;
    const unread = stores.friends.getState().friends.get(friendKey)?.unread ?? 0;
    if (chat().key !== friendKey) void chat().open(friendKey, { unread });
    const keepDraft = () => stores.drafts.flush(friendKey);
    window.addEventListener('pagehide', keepDraft);
    return () => {
      window.removeEventListener('pagehide', keepDraft);
      keepDraft();
      if (chat().key === friendKey) chat().close();
      // A search in another chat may have begun already.
      if (stores.search.getState().within === friendKey) stores.search.getState().reset();
    };
  }, [stores, friendKey]);
  if (friend === undefined) {
    return (
      <>
        <PageHeader title="Chat" />
        {status === 'loading' ? <Loading /> : <EmptyState icon="warning" title="This friend is gone" />}
      </>
    );
  }
  const name = displayName(friend);
  return (
    <section className="chat" aria-label={`Chat with ${name}`} data-testid="chat" data-key={friendKey}>
      <ChatHeader friend={friend} />
      <ChatSearch friend={friend} />
      <History friend={friend} name={name} />
      <TypingLine typing={known && friend.typing} name={name} />
      {friend.state === 'blocked' ? (
        <div className="composer-blocked">
          <p>You blocked {name}. You hear nothing of each other.</p>
          <Button onClick={() => void stores.friends.getState().unblock(friendKey)}>Unblock</Button>
        </div>
      ) : (
        <Composer friend={friend} />
      )}
    </section>
  );
}

function History({ friend, name }: { friend: FriendView; name: string }) {
  const { stores } = useApp();
  const status = useAppStore('chat', (chat) => chat.status);
  const error = useAppStore('chat', (chat) => chat.error);
  const empty = useAppStore('chat', ({ window }) => window.rows.length === 0);
  if (status === 'failed') {
    return (
      <div className="history history-blank padded">
        <Remark tone="error">{error?.message}</Remark>
        <Button onClick={() => void stores.chat.getState().reload()}>Try again</Button>
      </div>
    );
  }
  if (status !== 'ready') return <Opening />;
  if (!empty) return <MessageList friend={friend.key} name={name} />;
  return (
    <div className="history history-blank">
      <EmptyChat friend={friend} name={name} />
    </div>
  );
}

/** Blank for the moment it takes nearly always. */
function Opening() {
  const slow = useLasting(true, PATIENCE_MS);
  return (
    <div className="history" aria-busy="true">
      {slow && <Loading label="Opening the chat…" />}
    </div>
  );
}

function EmptyChat({ friend, name }: { friend: FriendView; name: string }) {
  const known = useAppStore('ui', (ui) => !ui.coreLost);
  if (friend.state === 'requested') {
    return (
      <EmptyState icon="inbox" title={`You asked ${name} to be your friend`}>
        <p>{askedText(friend.request, name)}</p>
      </EmptyState>
    );
  }
  if (friend.state === 'blocked') return <EmptyState icon="block" title="No messages" />;
  return (
    <EmptyState icon="lock" title="No messages yet">
      <p>What you write here is encrypted from your computer to theirs. Nobody on the way can read it.</p>
      {awayText(friend, known) && <p>While {name} is away, other computers keep it for them.</p>}
    </EmptyState>
  );
}
