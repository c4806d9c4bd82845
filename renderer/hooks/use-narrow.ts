import { useSyncExternalStore } from 'react';

/** The same bounds as in `styles/layout.css`: below it list and chat do not fit side by side. */
const NARROW = '(max-width: 720px), (max-width: 30em)';

function subscribe(listener: () => void): () => void {
  const query = window.matchMedia(NARROW);
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
}

/** True while the window has room for one column only. */
export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => window.matchMedia(NARROW).matches);
}
