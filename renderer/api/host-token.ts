const KEY = 'parley.token';

/** The parts of the page that hold the token, so that tests can bring their own. */
export interface TokenPlaces {
  readonly location: { readonly hash: string; readonly pathname: string; readonly search: string };
  readonly history: { replaceState(data: unknown, unused: string, url: string): void };
  readonly storage: { getItem(key: string): string | null; setItem(key: string, value: string): void };
}

/**
 * The token of the browser host: taken from the address's fragment, which is then cleared so that it stays out of
 * history and screenshots, and kept for this tab's reloads. Undefined when the page was opened without one.
 */
export function takeToken({ location, history, storage }: TokenPlaces): string | undefined {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given === null || given === '') return storage.getItem(KEY) ?? undefined;
  storage.setItem(KEY, given);
  history.replaceState(null, '', location.pathname + location.search);
  return given;
}
