import { useEffect, useState } from 'react';
import { useApp, useAppStore } from '../hooks/app-context.ts';

/** A hiccup shorter than this is not worth a banner. */
const PATIENCE_MS = 800;

/** Says that the page has lost its core, and that it tries again. */
export function ConnectionBanner() {
  const { client } = useApp();
  const lost = useAppStore('ui', (ui) => ui.connection === 'disconnected');
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (!lost) return setShown(false);
    const timer = setTimeout(() => setShown(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [lost]);
  if (!shown) return null;
  return (
    <div className="connection-banner" role="status">
      <span className="spinner" aria-hidden="true" />
      <span>Connection to Parley lost. Trying again…</span>
      <button type="button" className="text-button" onClick={() => client.reconnect()}>
        Try now
      </button>
    </div>
  );
}
