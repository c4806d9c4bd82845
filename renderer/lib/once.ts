/** Runs what has this name, unless it is running: then it is the same run. */
export type Once = <T>(name: string, run: () => Promise<T>) => Promise<T>;

/** For commands that are chosen twice while the core takes its time: they are carried out, and told of, once. */
export function createOnce(): Once {
  const running = new Map<string, Promise<unknown>>();
  return <T>(name: string, run: () => Promise<T>): Promise<T> => {
    const known = running.get(name) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const begun = run().finally(() => running.delete(name));
    running.set(name, begun);
    return begun;
  };
}
