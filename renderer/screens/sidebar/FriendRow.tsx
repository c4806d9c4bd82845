import { memo } from 'react';
import type { FriendView, MessageView } from '../../../core/api/views.ts';
import { isVisible } from '../../../core/ids/visible.ts';
import { Avatar } from '../../components/Avatar.tsx';
import { DeliveryIcon } from '../../components/DeliveryIcon.tsx';
import { Icon } from '../../components/Icon.tsx';
import { useShownUnread } from '../../hooks/use-unread-sign.ts';
import { entryWords } from '../../lib/call-words.ts';
import { presenceText } from '../../lib/delivery.ts';
import { fullTime, listTime, plural, signNumber } from '../../lib/format.ts';
import { displayName, plainLine } from '../../lib/safe-text.ts';

/** Longer previews would only be cut by the layout. */
const PREVIEW_LENGTH = 120;

/** One friend in the list. */
export const FriendRow = memo(function FriendRow({
  friend,
  current,
  now,
  known,
  tabIndex,
  onOpen,
}: {
  friend: FriendView;
  current: boolean;
  now: number;
  /** False while the window is not connected: who is online or types is not known. */
  known: boolean;
  tabIndex?: number;
  onOpen: (key: string) => void;
}) {
  const name = displayName(friend);
  const { lastMessage } = friend;
  const unread = useShownUnread(friend.unread, current);
  return (
    <button
      type="button"
      className={unread > 0 ? 'list-row friend-row row-unread' : 'list-row friend-row'}
      tabIndex={tabIndex}
      data-list-item
      data-testid="friend"
      data-key={friend.key}
      aria-current={current ? 'page' : undefined}
      onClick={() => onOpen(friend.key)}
    >
      <Avatar id={friend.key} name={name} presence={known && friend.state === 'friend' ? friend.presence : undefined} />
      <span className="row-main">
        <span className="row-line">
          <span className="row-title" dir="auto" title={name}>
            {name}
          </span>
          <span className="visually-hidden">, {presenceText(friend, now, known)},</span>
          {lastMessage && (
            <time
              className="row-time"
              dateTime={new Date(lastMessage.storedAt).toISOString()}
              title={fullTime(lastMessage.storedAt)}
            >
              {listTime(lastMessage.storedAt, now)}
            </time>
          )}
        </span>
        <span className="row-line">
          <Preview friend={friend} current={current} known={known} />
          {unread > 0 && (
            <span className="badge">
              <span aria-hidden="true">{signNumber(unread)}</span>
              <span className="visually-hidden">{plural(unread, 'unread message')}</span>
            </span>
          )}
        </span>
      </span>
    </button>
  );
});

function Preview({ friend, current, known }: { friend: FriendView; current: boolean; known: boolean }) {
  if (known && friend.typing) return <span className="row-preview row-typing">typing…</span>;
  if (isVisible(friend.draft) && !current) {
    return (
      <span className="row-preview" dir="auto">
        <span className="row-draft">Draft:</span> {shorten(friend.draft)}
      </span>
    );
  }
  if (friend.state === 'requested') return <span className="row-preview row-note">{askedNote(friend)}</span>;
  if (friend.lastMessage === null) return <span className="row-preview row-note">No messages yet</span>;
  return <LastMessage message={friend.lastMessage} />;
}

/** The request lies in the network until it is answered; before, it is with us alone. */
function askedNote({ request }: FriendView): string {
  return request !== null && request.holders > 0 ? 'Request kept in the network' : 'Waiting for their answer';
}

function LastMessage({ message }: { message: MessageView }) {
  const { call, direction } = message;
  if (call !== undefined) {
    return (
      <>
        <Icon name="call" size={15} />
        <span className="row-preview">{entryWords(call, direction)}</span>
      </>
    );
  }
  return (
    <>
      {message.direction === 'out' && <DeliveryIcon state={message.state} />}
      <span className="row-preview" dir="auto">
        {shorten(message.text)}
      </span>
    </>
  );
}

function shorten(text: string): string {
  return plainLine(text.slice(0, PREVIEW_LENGTH));
}
