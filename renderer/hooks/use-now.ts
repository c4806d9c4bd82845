import { useEffect, useState } from 'react';

/**
 * The wall clock in milliseconds, refreshed at this interval while the component is shown: whenever the clock is a multiple
 * of it. So what is refreshed once a minute knows of a new day as it begins.
 */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const wait = () => {
      timer = setTimeout(tick, everyMs - (Date.now() % everyMs));
    };
    const tick = () => {
      setNow(Date.now());
      wait();
    };
    wait();
    return () => clearTimeout(timer);
  }, [everyMs]);
  return now;
}
