import { useEffect, useState } from 'react';

/** True once `now` has been true for so long without a break; false at once when it ends. */
export function useLasting(now: boolean, forMs: number): boolean {
  const [lasted, setLasted] = useState(false);
  useEffect(() => {
    if (!now) return setLasted(false);
    const timer = setTimeout(() => setLasted(true), forMs);
    return () => clearTimeout(timer);
  }, [now, forMs]);
  return now && lasted;
}
