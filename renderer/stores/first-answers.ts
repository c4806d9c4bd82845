import type { AppStores } from './app-stores.ts';

/** Who waits longer than this is to see that Parley is starting. */
export const FIRST_ANSWERS_LIMIT_MS = 250;

/**
 * Resolves when what the first screen shows is known: whose profile it is and, when that is open, the friends. Also when
 * there is no answer, and after `FIRST_ANSWERS_LIMIT_MS`. Screens that are drawn then are drawn once: without the list
 * and then with it takes twice as long, and flickers.
 */
export function firstAnswers({ profile, friends }: Pick<AppStores, 'profile' | 'friends'>): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      const { profile: found, error } = profile.getState();
      const known = found?.state === 'open' ? friends.getState().status !== 'loading' : (found ?? error) !== null;
      if (known) finish();
    };
    const finish = (): void => {
      for (const end of ends) end();
      resolve();
    };
    const limit = setTimeout(() => finish(), FIRST_ANSWERS_LIMIT_MS);
    const ends = [profile.subscribe(look), friends.subscribe(look), () => clearTimeout(limit)];
    look();
  });
}
