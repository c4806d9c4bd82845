import type { NetworkStatus } from '../../../core/api/views.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { Fact } from '../../components/Facts.tsx';
import { fingerprint } from '../../lib/safe-text.ts';

const REACHABILITY: Record<NetworkStatus['reachability'], string> = {
  unknown: 'not yet known',
  reachable: 'yes, by themselves',
  unreachable: 'only in answer to this computer',
};

/** Own ID, key, port, addresses and whether others can reach us. */
export function OwnNode({ status }: { status: NetworkStatus }) {
  return (
    <section className="panel" aria-labelledby="own-node">
      <h2 id="own-node">This node</h2>
      <p data-testid="role" data-leaf={status.leaf}>
        <strong>{status.leaf ? 'Leaf.' : 'Full node.'}</strong> {status.leafReason}
      </p>
      <dl className="facts">
        <Fact name="Others reach it">
          <span className={`reach-${status.reachability}`} data-testid="reachability" data-state={status.reachability}>
            {REACHABILITY[status.reachability]}
          </span>
          {status.reachabilityReason && <span className="muted">{status.reachabilityReason}</span>}
        </Fact>
        <Fact name="Node ID">
          <span className="fingerprint" data-testid="node-id">
            {fingerprint(status.nodeId)}
          </span>
        </Fact>
        <Fact name="Node key">
          <span className="fingerprint" data-testid="node-key">
            {fingerprint(status.nodeKey)}
          </span>
        </Fact>
        <Fact name="Port">{status.port === 0 ? 'none' : `UDP ${status.port}`}</Fact>
        <Fact name="Addresses">{status.addresses.join(', ') || 'none'}</Fact>
        <Fact name="Seen from outside as">{status.publicAddress ?? 'not yet known'}</Fact>
        <Fact name="Local network">{status.lan ? 'other nodes nearby are looked for' : 'not searched'}</Fact>
        <Fact name="Bootstrap address">
          <span className="id-text" data-testid="bootstrap-address">
            {status.bootstrapAddress || 'none'}
          </span>
          {status.bootstrapAddress && <CopyButton text={status.bootstrapAddress} label="Copy bootstrap address" />}
          <span className="muted">Others can enter the network through this computer with it.</span>
        </Fact>
      </dl>
    </section>
  );
}
