import type { NetworkStatus, NodeView } from '../../../core/api/views.ts';
import { TableScroll } from '../../components/TableScroll.tsx';
import { duration, plural } from '../../lib/format.ts';
import { slotTone } from '../../lib/network-words.ts';
import { shortKey } from '../../lib/safe-text.ts';

type Bucket = NetworkStatus['buckets'][number];

const SLOT = 18;
const GAP = 4;
const HEAD = 26;

/** The routing table as a picture: a column a k-bucket, the farthest half of the network first; and as a table. */
export function Buckets({ buckets }: { buckets: readonly Bucket[] }) {
  const sorted = [...buckets].sort((a, b) => a.prefix - b.prefix);
  const count = sorted.reduce((sum, bucket) => sum + bucket.nodes.length, 0);
  return (
    <section className="panel" aria-labelledby="routing-table">
      <h2 id="routing-table">Routing table</h2>
      <p className="muted">
        Each column is a k-bucket: nodes that share so many leading bits with this node’s ID. The first column is half
        of the whole network, each further one half of the rest.
      </p>
      {count === 0 ? (
        <p>No nodes yet.</p>
      ) : (
        <>
          <Picture buckets={sorted} label={`${plural(count, 'node')} in ${plural(sorted.length, 'k-bucket')}`} />
          <Legend />
          <details>
            <summary>Show as a table</summary>
            <BucketTable buckets={sorted} />
          </details>
        </>
      )}
    </section>
  );
}

function Picture({ buckets, label }: { buckets: readonly Bucket[]; label: string }) {
  const rows = Math.max(...buckets.map((bucket) => Math.max(bucket.capacity, bucket.nodes.length)));
  const width = buckets.length * (SLOT + GAP + 8);
  const height = HEAD + rows * (SLOT + GAP);
  return (
    <TableScroll label="Picture of the routing table">
      <svg width={width} height={height} role="img" aria-label={label} data-testid="buckets">
        {buckets.map((bucket, column) => (
          <Column key={bucket.prefix} bucket={bucket} x={column * (SLOT + GAP + 8)} />
        ))}
      </svg>
    </TableScroll>
  );
}

function Column({ bucket, x }: { bucket: Bucket; x: number }) {
  const slots = Math.max(bucket.capacity, bucket.nodes.length);
  return (
    <g data-prefix={bucket.prefix}>
      <text x={x + SLOT / 2 + 2} y={15} textAnchor="middle" className="bucket-label">
        {bucket.prefix}
      </text>
      {Array.from({ length: slots }, (_, slot) => {
        const node = bucket.nodes[slot];
        return (
          <rect
            key={slot}
            x={x + 2}
            y={HEAD + slot * (SLOT + GAP)}
            width={SLOT}
            height={SLOT}
            rx={4}
            className={`slot slot-${node ? slotTone(node) : 'free'}`}
          >
            <title>{node ? describe(node) : 'Free slot'}</title>
          </rect>
        );
      })}
    </g>
  );
}

function Legend() {
  return (
    <ul className="legend">
      {(['fast', 'fair', 'slow', 'failing', 'free'] as const).map((tone) => (
        <li key={tone}>
          <span className={`legend-slot slot-${tone}`} aria-hidden="true" />
          {
            {
              fast: 'under 50 ms',
              fair: 'under 200 ms',
              slow: 'slower or unmeasured',
              failing: 'not answering',
              free: 'free',
            }[tone]
          }
        </li>
      ))}
    </ul>
  );
}

function BucketTable({ buckets }: { buckets: readonly Bucket[] }) {
  return (
    <TableScroll label="Nodes of the routing table">
      <table>
        <thead>
          <tr>
            <th scope="col">Common bits</th>
            <th scope="col">Node ID</th>
            <th scope="col">Address</th>
            <th scope="col">Round trip</th>
          </tr>
        </thead>
        <tbody>
          {buckets.flatMap((bucket) =>
            bucket.nodes.map((node) => (
              <tr key={node.nodeId}>
                <td>{bucket.prefix}</td>
                <td className="mono" title={node.nodeId}>
                  {shortKey(node.nodeId)}…
                </td>
                <td className="mono">{node.address}</td>
                <td>{node.rttMs === null ? '–' : duration(node.rttMs)}</td>
              </tr>
            )),
          )}
        </tbody>
      </table>
    </TableScroll>
  );
}

function describe(node: NodeView): string {
  const rtt = node.rttMs === null ? 'not measured' : duration(node.rttMs);
  return `${node.nodeId}\n${node.address}\nround trip ${rtt}\nseen ${duration(node.lastSeenMsAgo)} ago`;
}
