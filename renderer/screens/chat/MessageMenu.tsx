import type { MessageView } from '../../../core/api/views.ts';
import { ContextMenu, type ContextMenuPlace } from '../../components/ContextMenu.tsx';
import { messageCommands } from './message-commands.ts';
import type { MessageActions } from './use-message-actions.ts';

/** The commands of the message that was pressed; gone with it. */
export function MessageMenu({
  place,
  rows,
  actions,
  details,
  onClose,
}: {
  place: ContextMenuPlace;
  rows: readonly MessageView[];
  actions: MessageActions;
  details: (id: string, sign: HTMLElement) => void;
  onClose: () => void;
}) {
  const message = rows.find(({ id }) => id === place.opener.dataset.message);
  if (message === undefined) return null;
  const link = place.target.closest('a')?.getAttribute('href') ?? null;
  const sign = place.opener.querySelector<HTMLElement>('.sign-button');
  const leaving: MessageActions = {
    ...actions,
    remove: (gone) => {
      focusBeside(place.opener);
      actions.remove(gone);
    },
  };
  const showDetails = () => sign && details(message.id, sign);
  const items = messageCommands(message, { actions: leaving, link, details: showDetails });
  return <ContextMenu place={place} label="Message" items={items} onClose={onClose} />;
}

/** The focus goes to the message after this one, or to the one before, since this one is about to go. */
function focusBeside(message: HTMLElement): void {
  const all = [...(message.closest('.history')?.querySelectorAll<HTMLElement>('[data-message]') ?? [])];
  const at = all.indexOf(message);
  const beside = all[at + 1] ?? all[at - 1] ?? document.querySelector<HTMLElement>('.composer-input');
  beside?.focus({ preventScroll: true });
}

/** The element of the message in which something happened. */
export function messageAt(target: EventTarget): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>('[data-message]') : null;
}

/** Whoever has selected a part of the message wants the menu of the system for it. */
export function isSelectedIn(message: HTMLElement): boolean {
  const selection = document.getSelection();
  return selection !== null && !selection.isCollapsed && selection.containsNode(message, true);
}
