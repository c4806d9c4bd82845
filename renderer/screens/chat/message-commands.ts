import type { MessageView } from '../../../core/api/views.ts';
import type { MenuItem } from '../../components/MenuItems.tsx';
import { isUndelivered } from '../../lib/delivery.ts';
import type { MessageActions } from './use-message-actions.ts';

/** What can be done with one message; `link` is the one that was pressed, `details` shows its delivery. */
export function messageCommands(
  message: MessageView,
  { actions, link, details }: { actions: MessageActions; link: string | null; details: () => void },
): MenuItem[] {
  const remove: MenuItem = { label: 'Delete for me', icon: 'trash', danger: true, run: () => actions.remove(message) };
  if (message.call !== undefined) return [{ label: 'Call', icon: 'call', run: () => actions.call(message) }, remove];
  const commands: MenuItem[] = [{ label: 'Copy text', icon: 'copy', run: () => actions.copy(message) }];
  if (link !== null) commands.push({ label: 'Copy link', icon: 'copy', run: () => actions.copyLink(link) });
  if (message.direction === 'in') return [...commands, remove];
  commands.push({ label: 'Delivery details', icon: 'clock', run: details });
  if (isUndelivered(message.state)) {
    commands.push({ label: 'Send again', icon: 'refresh', run: () => actions.resend(message) });
  }
  return [...commands, remove];
}
