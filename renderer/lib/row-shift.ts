/**
 * By how many rows a list was moved for whoever looks at the rows `first` to `last` of `before`: as far as the first of
 * them that did not go up by itself. 0 when all of them did.
 */
export function rowShift(
  before: readonly string[],
  after: readonly string[],
  { first, last }: { first: number; last: number },
): number {
  const places = new Map(after.map((key, at) => [key, at]));
  let gone = 0;
  for (const [at, key] of before.slice(0, last + 1).entries()) {
    const now = places.get(key);
    if (now === undefined) gone++;
    else if (at >= first && now >= at - gone) return now - at;
  }
  return 0;
}
