import { memo, useCallback, useEffect, useRef } from 'react';
import type { MessageView } from '../../../core/api/views.ts';
import { IconButton } from '../../components/Button.tsx';
import { DeliverySign } from '../../components/DeliveryIcon.tsx';
import { deliveryLabel, isUndelivered } from '../../lib/delivery.ts';
import { dayLabel, fullTime, timeOfDay } from '../../lib/format.ts';
import type { TextPlace } from '../../lib/hit-places.ts';
import type { Row } from '../../lib/rows.ts';
import { CallEntry } from './CallEntry.tsx';
import { MessageText } from './MessageText.tsx';
import type { MessageActions } from './use-message-actions.ts';

interface Props extends Row {
  readonly name: string;
  readonly now: number;
  /** The person looks at this window: what is in view is read. */
  readonly watched: boolean;
  readonly highlighted: boolean;
  /** What was found in it. */
  readonly hits: readonly TextPlace[];
  /** A long message is shown whole. */
  readonly unfolded: boolean;
  readonly onFold: (id: string, folded: boolean, button: HTMLElement) => void;
  readonly actions: MessageActions;
  /** The details of its delivery are shown. */
  readonly detailed: boolean;
  readonly onDetails: (id: string, sign: HTMLElement) => void;
  /** The focus is in this message: Tab goes on to its links and buttons, and passes those of all others by. */
  readonly entered: boolean;
}

/** One message with what stands above it: the day, the divider of unread ones. */
export const MessageRow = memo(function MessageRow(props: Props) {
  const { message, day, now, firstUnread, startsGroup, endsGroup, highlighted, name, actions, entered } = props;
  const { hits, unfolded, onFold } = props;
  const tabIndex = entered ? 0 : -1;
  const fold = useCallback(
    (folded: boolean, button: HTMLElement) => onFold(message.id, folded, button),
    [onFold, message.id],
  );
  const out = message.direction === 'out';
  const classes = ['message', out ? 'message-out' : 'message-in'];
  if (startsGroup) classes.push('starts-group');
  if (endsGroup) classes.push('ends-group');
  if (message.call !== undefined) classes.push('message-call');
  if (highlighted) classes.push('highlighted');
  return (
    <>
      {day !== null && <h2 className="day">{dayLabel(day, now)}</h2>}
      {firstUnread && (
        <p className="unread-divider">
          <span>New messages</span>
        </p>
      )}
      <article
        className={classes.join(' ')}
        data-message={message.id}
        data-direction={message.direction}
        data-testid="message"
        tabIndex={-1}
        aria-label={`${out ? 'You' : name}, ${timeOfDay(message.storedAt)}`}
      >
        <div className="bubble">
          <span className="visually-hidden">{out ? 'You' : name}: </span>
          {message.call === undefined ? (
            <MessageText
              text={message.text}
              hits={hits}
              tabIndex={tabIndex}
              onLink={actions.openLink}
              unfolded={unfolded}
              onFold={fold}
            />
          ) : (
            <CallEntry direction={message.direction} call={message.call} />
          )}
          <Foot {...props} />
        </div>
        {message.call === undefined ? (
          <RowActions message={message} actions={actions} tabIndex={tabIndex} />
        ) : (
          <div className="message-actions">
            <IconButton icon="call" label="Call" size={16} tabIndex={tabIndex} onClick={() => actions.call(message)} />
          </div>
        )}
        {out && isUndelivered(message.state) && <Undelivered message={message} actions={actions} />}
      </article>
    </>
  );
});

/** Time and state. When it comes into view, the message was read. */
function Foot({ message, watched, actions, detailed, onDetails, entered }: Props) {
  const ref = useRef<HTMLSpanElement>(null);
  const unread = message.direction === 'in' && message.state === 'received';
  useEffect(() => {
    if (!watched || !unread || ref.current === null) return;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) actions.seen(message);
    });
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, [watched, unread, message, actions]);
  return (
    <span className="message-foot" ref={ref}>
      <time dateTime={new Date(message.storedAt).toISOString()} title={timeHint(message)}>
        {timeOfDay(message.storedAt)}
      </time>
      {message.direction === 'out' && message.call === undefined && (
        <Sign message={message} detailed={detailed} onDetails={onDetails} entered={entered} />
      )}
    </span>
  );
}

/** The sign of the delivery state; pressed, it tells more. */
function Sign({
  message,
  detailed,
  onDetails,
  entered,
}: Pick<Props, 'message' | 'detailed' | 'onDetails' | 'entered'>) {
  const label = deliveryLabel(message.state);
  return (
    <button
      type="button"
      className="sign-button"
      tabIndex={entered ? 0 : -1}
      aria-label={label}
      aria-haspopup="dialog"
      aria-expanded={detailed}
      title={label}
      onClick={(event) => onDetails(message.id, event.currentTarget)}
    >
      <DeliverySign state={message.state} />
    </button>
  );
}

/** Both clocks when they differ by more than a minute, as with messages that waited. */
function timeHint({ direction, sentAt, storedAt }: MessageView): string {
  if (direction === 'out' || Math.abs(storedAt - sentAt) < 60_000) return fullTime(storedAt);
  return `Sent ${fullTime(sentAt)}, arrived ${fullTime(storedAt)}`;
}

function RowActions({
  message,
  actions,
  tabIndex,
}: {
  message: MessageView;
  actions: MessageActions;
  tabIndex: number;
}) {
  return (
    <div className="message-actions">
      <IconButton
        icon="copy"
        label="Copy message"
        size={16}
        tabIndex={tabIndex}
        onClick={() => actions.copy(message)}
      />
      {message.state === 'sending' && (
        <IconButton
          icon="close"
          label="Cancel message"
          size={16}
          tabIndex={tabIndex}
          onClick={() => actions.cancel(message)}
        />
      )}
    </div>
  );
}

function Undelivered({ message, actions }: { message: MessageView; actions: MessageActions }) {
  return (
    <div className="undelivered">
      <span>{deliveryLabel(message.state)}</span>
      <span>
        <button type="button" className="text-button" onClick={() => actions.resend(message)}>
          Send again
        </button>{' '}
        <button type="button" className="text-button" onClick={() => actions.remove(message)}>
          Delete
        </button>
      </span>
    </div>
  );
}
