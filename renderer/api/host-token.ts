const KEY = 'parley.token';

/** The parts of the page that hold the token, so that tests can bring their own. */
export interface TokenPlaces {
  readonly location: { readonly hash: string; readonly pathname: string; readonly search: string };
  readonly history: { replaceState(data: unknown, unused: string, url: string): void };
  readonly storage: { getItem(key: string): string | null; setItem(key: string, value: string): void };
}

/**
 * The token of the browser host: taken from the address's fragment, or kept for this tab's reloads. Undefined when the page
 * was opened without one.
 */
export function findToken({ location, storage }: TokenPlaces): string | undefined {
  return tokenIn(location.hash) ?? storage.getItem(KEY) ?? undefined;
}

/**
 * Keeps a token of the address for this tab's reloads and clears the fragment, so that the token stays out of history and
 * screenshots. Both wait for other processes of the browser: what the token is for goes first.
 */
export function keepToken({ location, history, storage }: TokenPlaces): void {
  const given = tokenIn(location.hash);
  if (given === undefined) return;
  storage.setItem(KEY, given);
  history.replaceState(null, '', location.pathname + location.search);
}

function tokenIn(hash: string): string | undefined {
  return new URLSearchParams(hash.slice(1)).get('token') || undefined;
}
