import type { MessageView } from '../../../core/api/views.ts';
import { Button } from '../../components/Button.tsx';
import { DeliverySign } from '../../components/DeliveryIcon.tsx';
import { Popover } from '../../components/Popover.tsx';
import { useAppStore } from '../../hooks/app-context.ts';
import { useNow } from '../../hooks/use-now.ts';
import { DELIVERY_LEGEND, deliveryLabel, deliveryStory, isUndelivered } from '../../lib/delivery.ts';
import { fullTime } from '../../lib/format.ts';
import type { MessageActions } from './use-message-actions.ts';

/** Where one sent message is and what happens next; opened from its sign. It follows the message while it is shown. */
export function DeliveryDetails({
  message,
  name,
  anchor,
  actions,
  onClose,
}: {
  message: MessageView;
  name: string;
  anchor: HTMLElement;
  actions: MessageActions;
  onClose: () => void;
}) {
  const friend = useAppStore('friends', ({ friends }) => friends.get(message.friend));
  const known = useAppStore('ui', (ui) => !ui.coreLost);
  const now = useNow(60_000);
  const { state = 'friend', presence = 'offline' } = friend ?? {};
  const { title, text } = deliveryStory(message, { name, state, presence: known ? presence : 'unknown' }, now);
  const act = (action: (message: MessageView) => void) => {
    action(message);
    onClose();
    anchor.focus();
  };
  return (
    <Popover anchor={anchor} title={title} onClose={onClose}>
      <p data-testid="delivery-story">{text}</p>
      {message.custody !== null && <p className="muted">Those who keep it cannot read it, nor see who wrote it.</p>}
      <p className="muted">Written {fullTime(message.sentAt)}</p>
      {isUndelivered(message.state) && (
        <div className="button-row">
          <Button kind="primary" icon="refresh" onClick={() => act(actions.resend)}>
            Send again
          </Button>
          <Button kind="quiet" onClick={() => act(actions.remove)}>
            Delete
          </Button>
        </div>
      )}
      <details className="sign-legend">
        <summary>What the signs mean</summary>
        <dl>
          {DELIVERY_LEGEND.map((entry) => (
            <div key={entry.state} aria-current={entry.state === message.state || undefined}>
              <dt>
                <DeliverySign state={entry.state} size={17} />
                {deliveryLabel(entry.state)}
              </dt>
              <dd>{entry.meaning}</dd>
            </div>
          ))}
        </dl>
      </details>
    </Popover>
  );
}
