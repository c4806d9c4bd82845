import type { MessageState } from '../../core/api/views.ts';
import { deliveryLabel } from '../lib/delivery.ts';
import { Icon, type IconName } from './Icon.tsx';

/** Each state has a shape of its own; `read` is `delivered` on a filled ground. */
const SIGNS: Record<MessageState, IconName> = {
  sending: 'clock',
  stored: 'cloud',
  delivered: 'check-double',
  read: 'check-double',
  received: 'check',
  failed: 'failed',
  expired: 'hourglass',
};

/** How far a message got, as a sign only: for places where words stand beside it. */
export function DeliverySign({ state, size = 15 }: { state: MessageState; size?: number }) {
  return (
    <span className={`delivery delivery-${state}`} data-state={state}>
      <Icon name={SIGNS[state]} size={size} />
    </span>
  );
}

/** The sign with its name as tooltip and for screen readers. */
export function DeliveryIcon({ state }: { state: MessageState }) {
  const label = deliveryLabel(state);
  return (
    <span className="delivery-named" title={label}>
      <DeliverySign state={state} />
      <span className="visually-hidden">{label}</span>
    </span>
  );
}
