import { displayName } from '../lib/safe-text.ts';
import { useAppStore } from './app-context.ts';

/** The name of the friend in a call; empty for somebody who is no friend any more. */
export function useCallName(key: string): string {
  return useAppStore('friends', ({ friends }) => {
    const friend = friends.get(key);
    return friend === undefined ? '' : displayName(friend);
  });
}
