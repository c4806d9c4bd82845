import type { MessageState } from '../../core/api/views.ts';
import { deliveryText } from '../lib/delivery.ts';
import { Icon, type IconName } from './Icon.tsx';

const SIGNS: Record<MessageState, IconName> = {
  sending: 'clock',
  stored: 'cloud',
  delivered: 'check-double',
  read: 'check-double',
  received: 'check',
  failed: 'failed',
  expired: 'failed',
};

/** How far a message got: a sign, its name for screen readers, a sentence as tooltip. */
export function DeliveryIcon({ state, name }: { state: MessageState; name: string }) {
  const { label, hint } = deliveryText(state, name);
  return (
    <span className={`delivery delivery-${state}`} title={hint} data-state={state}>
      <Icon name={SIGNS[state]} size={15} />
      <span className="visually-hidden">{label}</span>
    </span>
  );
}
