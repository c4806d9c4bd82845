import { useEffect, useRef } from 'react';
import type { SearchHit } from '../../../core/api/views.ts';
import { type App, useApp, useAppStore } from '../../hooks/app-context.ts';
import { toMark } from '../../lib/hit-places.ts';
import { currentHit, type SearchState } from '../../stores/search.ts';

/**
 * Shows in the open chat where the walk through its hits stands. One hit after the other: of those that were passed while
 * the history round one was being loaded, only the last is shown.
 */
export function useShowCurrent(friend: string): void {
  const app = useApp();
  const id = useAppStore('search', (search) => hitIn(friend, search)?.message.id);
  const none = useAppStore('search', ({ current }) => current === null);
  const asked = useAppStore('search', (search) => search.asked);
  const busy = useRef(false);
  useEffect(() => {
    if (none) app.stores.chat.getState().mark(null);
    if (id === undefined || busy.current) return;
    busy.current = true;
    void showHits(app, friend).finally(() => (busy.current = false));
  }, [app, friend, id, none, asked]);
}

async function showHits({ stores }: App, friend: string): Promise<void> {
  const { mark, open } = stores.chat.getState();
  let shown: { id: string; asked: number } | undefined;
  for (;;) {
    const search = stores.search.getState();
    const hit = hitIn(friend, search);
    if (hit === undefined || (hit.message.id === shown?.id && search.asked === shown.asked)) return;
    const { id } = hit.message;
    shown = { id, asked: search.asked };
    // What is made already need not be loaded: the chat then stands still, or only scrolls.
    const found = toMark(hit, search.query);
    if (isMade(id)) mark(id, found);
    else await open(friend, { around: id, ...found });
  }
}

function hitIn(friend: string, search: SearchState): SearchHit | undefined {
  return search.within === friend ? currentHit(search) : undefined;
}

/** A list that looks for its place still hides itself. */
function isMade(id: string): boolean {
  const message = document.querySelector(`.history [data-message="${id}"]`);
  return message?.checkVisibility({ visibilityProperty: true }) ?? false;
}
