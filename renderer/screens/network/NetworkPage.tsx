import { useEffect } from 'react';
import { Button } from '../../components/Button.tsx';
import { Loading, Remark } from '../../components/Notice.tsx';
import { PageHeader } from '../../components/PageHeader.tsx';
import { useApp, useAppStore } from '../../hooks/app-context.ts';
import { plural } from '../../lib/format.ts';
import { BOOTSTRAP_FIELD, Bootstrap } from './Bootstrap.tsx';
import { Buckets } from './Buckets.tsx';
import { Carried, Held } from './Carried.tsx';
import { Links } from './Links.tsx';
import { Neighbours } from './Neighbours.tsx';
import { OwnNode } from './OwnNode.tsx';
import { Traffic } from './Traffic.tsx';

/** Ages and round-trip times move on without an event, so they are asked for while the page is shown. */
const REFRESH_MS = 3_000;

/** The way into a network in which one knows nobody. */
function Alone() {
  return (
    <Remark tone="warning">
      <p>
        No other node was found yet. Check the internet connection. Or ask somebody who runs Parley for the bootstrap
        address on their network page, and enter it here.
      </p>
      <Button icon="add" onClick={() => document.getElementById(BOOTSTRAP_FIELD)?.focus()}>
        Enter a bootstrap address
      </Button>
    </Remark>
  );
}

/** What my node is, whom it knows and how the packets go. */
export function NetworkPage() {
  const { stores } = useApp();
  const status = useAppStore('network', (state) => state.status);
  const takenAt = useAppStore('network', (state) => state.takenAt);
  const error = useAppStore('network', (state) => state.error);
  const lost = useAppStore('ui', (ui) => ui.coreLost);
  const { load } = stores.network.getState();
  useEffect(() => {
    void load();
    const timer = setInterval(() => void load(), REFRESH_MS);
    return () => clearInterval(timer);
  }, [load]);
  return (
    <>
      <PageHeader title="Network">
        {status && (
          <span className="muted" data-testid="node-count">
            {plural(status.nodeCount, 'node')} known
          </span>
        )}
      </PageHeader>
      <div className="page-body" data-testid="network">
        {status === null && error === null && <Loading />}
        {lost && status && <Remark tone="warning">This is how it was when the connection to Parley was lost.</Remark>}
        {error && !lost && (
          <Remark tone="error">
            {error.message} <Button onClick={() => void load()}>Try again</Button>
          </Remark>
        )}
        {status && (
          <>
            {!status.running && <Remark tone="warning">The network is not running.</Remark>}
            {status.running && status.nodeCount === 0 && <Alone />}
            <OwnNode status={status} />
            <Carried status={status} />
            <Held held={status.held} />
            <Buckets buckets={status.buckets} />
            <Neighbours nodes={status.neighbours} />
            <Links links={status.links} takenAt={takenAt} />
            <Bootstrap nodes={status.bootstrap} />
            <Traffic status={status} />
          </>
        )}
      </div>
    </>
  );
}
