import { useApp, useAppStore } from '../hooks/app-context.ts';
import { useLasting } from '../hooks/use-lasting.ts';

/** After this long it is more likely that Parley was closed than that it comes back by itself. */
const CLOSED_MS = 10_000;

/** Says that the page has lost its core, that it tries again, and after a while what to do. */
export function ConnectionBanner() {
  const { client } = useApp();
  const lost = useAppStore('ui', (ui) => ui.connection === 'disconnected');
  const shown = useAppStore('ui', (ui) => ui.coreLost) && lost;
  const closed = useLasting(lost, CLOSED_MS);
  return (
    // There before its words are, so that screen readers speak them.
    <div role="status">
      {shown && (
        <div className="banner connection-banner">
          <span className="spinner" aria-hidden="true" />
          <span>
            {closed
              ? 'Parley does not answer. If it was closed, start it again and use the page that it opens then.'
              : 'Connection to Parley lost. Trying again…'}
          </span>
          <button type="button" className="text-button" onClick={() => client.reconnect()}>
            Try now
          </button>
        </div>
      )}
    </div>
  );
}
