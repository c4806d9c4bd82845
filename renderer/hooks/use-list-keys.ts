import type { KeyboardEvent } from 'react';
import { searchField } from './use-home-focus.ts';

/**
 * Up, Down, Home and End move the focus between the elements marked `data-list-item` inside. What is typed on one of them
 * goes into the search field: so names are found by their letters.
 */
export function moveInList(event: KeyboardEvent<HTMLElement>): void {
  if (isChord(event)) return;
  // The space bar presses.
  if (event.key.length === 1 && event.key !== ' ' && (event.target as Element).matches('[data-list-item]')) {
    const field = searchField();
    field?.focus();
    field?.setSelectionRange(field.value.length, field.value.length);
  }
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-list-item]')];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const typing = document.activeElement instanceof HTMLInputElement;
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: typing ? -2 : 0, End: typing ? -2 : items.length - 1 }[
    event.key
  ];
  if (to === undefined || to < 0 || to >= items.length) return;
  event.preventDefault();
  items[to]!.focus();
}

/** With one of these the arrows mean something else, such as the next chat. */
export function isChord({ altKey, ctrlKey, metaKey }: KeyboardEvent): boolean {
  return altKey || ctrlKey || metaKey;
}
