import { useSyncExternalStore } from 'react';

const EVENTS = ['focus', 'blur'] as const;

function subscribe(listener: () => void): () => void {
  for (const name of EVENTS) window.addEventListener(name, listener);
  document.addEventListener('visibilitychange', listener);
  return () => {
    for (const name of EVENTS) window.removeEventListener(name, listener);
    document.removeEventListener('visibilitychange', listener);
  };
}

/** True while the window is visible and has the focus: only then does a person see what arrives. */
export function isWindowActive(): boolean {
  return document.visibilityState === 'visible' && document.hasFocus();
}

/** `isWindowActive` as a value that follows the window. */
export function useWindowActive(): boolean {
  return useSyncExternalStore(subscribe, isWindowActive);
}
