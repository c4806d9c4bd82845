import type { ReactNode } from 'react';
import type { NetworkStatus } from '../../../core/api/views.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { fingerprint } from '../../lib/safe-text.ts';

const REACHABILITY: Record<NetworkStatus['reachability'], { label: string; meaning: string }> = {
  unknown: {
    label: 'Not yet known',
    meaning: 'Other nodes are being asked whether they can reach this computer by themselves.',
  },
  reachable: {
    label: 'Reachable',
    meaning: 'Other nodes can reach this computer by themselves, so it helps to carry the network.',
  },
  unreachable: {
    label: 'Behind a router',
    meaning:
      'Other nodes cannot reach this computer unasked. Your chats work all the same; it carries nothing for others.',
  },
};

/** Own ID, key, port, addresses and whether others can reach us. */
export function OwnNode({ status }: { status: NetworkStatus }) {
  const reach = REACHABILITY[status.reachability];
  return (
    <section className="panel" aria-labelledby="own-node">
      <h2 id="own-node">This node</h2>
      <p className={`reach reach-${status.reachability}`} data-testid="reachability" data-state={status.reachability}>
        <strong>{reach.label}.</strong> {reach.meaning}
      </p>
      {status.reachabilityReason && <p className="muted">{status.reachabilityReason}</p>}
      <dl className="facts">
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

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
