import { useEffect, useState } from 'react';

/** Whether the component was drawn once: what is seen first does not wait for what has to be scrolled to. */
export function useAfterFrame(): boolean {
  const [drawn, setDrawn] = useState(false);
  useEffect(() => {
    // The first frame begins with this call, and is drawn when the next one does.
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => setDrawn(true));
    });
    return () => cancelAnimationFrame(frame);
  }, []);
  return drawn;
}
