import { useEffect } from 'react';
import { searchField } from './use-home-focus.ts';
import { composer } from './use-open-chat.ts';

const CALLS = '.call-area, .call-incoming';
/** What comes and goes by itself. */
const PASSING = '.toast, .banner';
const FOCUSABLE = 'button:not(:disabled), a[href], input:not(:disabled), select, textarea, summary, [tabindex]';

/**
 * Where what had the focus is taken away, the focus goes on beside it: to the next row, else to what is around it, and in
 * the search field where the whole window is new, as when it is unlocked. Whoever ends a call goes on writing in the chat
 * that is open. Without this the keyboard would begin at the top
 * of the window again, and a screen reader would say nothing. Notices come and go by themselves: the focus does not go to
 * them, and from them it goes back to where it was before.
 */
export function useLostFocus(): void {
  useEffect(() => {
    let last: Element | null = null;
    let around: readonly Element[] = [];
    let inCall = false;
    const onFocus = ({ target }: FocusEvent) => {
      if (!(target instanceof Element)) return;
      last = target;
      inCall = target.closest(CALLS) !== null && target.closest('dialog') === null;
      // A virtual list takes its rows away while it scrolls: then it has the focus itself.
      if (target.closest(PASSING) === null) around = surroundings(target.closest('[data-virtuoso-scroller]') ?? target);
    };
    const onChange = () => {
      if (last === null || last.isConnected || document.activeElement !== document.body) return;
      last = null;
      const toChat = inCall && document.querySelector(CALLS) === null ? composer() : null;
      (toChat ?? firstFocusable(around))?.focus();
    };
    const observer = new MutationObserver(onChange);
    observer.observe(document.body, { childList: true, subtree: true });
    document.addEventListener('focusin', onFocus);
    return () => {
      observer.disconnect();
      document.removeEventListener('focusin', onFocus);
    };
  }, []);
}

/** The element, what stands after and before it, and the same of all around it, from the inside to the outside. */
function surroundings(element: Element): Element[] {
  const found: Element[] = [];
  for (let at: Element | null = element; at !== null && at !== document.body; at = at.parentElement) {
    for (const one of [at, at.nextElementSibling, at.previousElementSibling]) if (one !== null) found.push(one);
  }
  return found;
}

function firstFocusable(elements: readonly Element[]): HTMLElement | undefined {
  for (const element of elements) {
    if (!element.isConnected) continue;
    const field = searchField();
    if (field !== null && element.contains(field)) return field;
    const all = [element, ...element.querySelectorAll(FOCUSABLE)];
    const found = all.find((one) => one.matches(FOCUSABLE) && one.checkVisibility() && one.closest(PASSING) === null);
    if (found instanceof HTMLElement) return found;
  }
  return undefined;
}
