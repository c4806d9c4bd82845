import type { NodeView } from '../../../core/api/views.ts';
import { TableScroll } from '../../components/TableScroll.tsx';
import { duration } from '../../lib/format.ts';
import { shortKey } from '../../lib/safe-text.ts';

/** The nodes that answer fastest, preferred as next hops. */
export function Neighbours({ nodes }: { nodes: readonly NodeView[] }) {
  return (
    <section className="panel" aria-labelledby="neighbour-table">
      <h2 id="neighbour-table">Neighbour table</h2>
      <p className="muted">The nodes with the shortest round trips. Packets go through them when they can.</p>
      {nodes.length === 0 ? (
        <p>No neighbours yet.</p>
      ) : (
        <TableScroll label="Neighbours">
          <table data-testid="neighbours">
            <thead>
              <tr>
                <th scope="col">Node ID</th>
                <th scope="col">Address</th>
                <th scope="col">Round trip</th>
                <th scope="col">Last seen</th>
              </tr>
            </thead>
            <tbody>
              {nodes.map((node) => (
                <tr key={node.nodeId}>
                  <td className="mono" title={node.nodeId}>
                    {shortKey(node.nodeId)}…
                  </td>
                  <td className="mono">{node.address}</td>
                  <td>{node.rttMs === null ? '–' : duration(node.rttMs)}</td>
                  <td>{duration(node.lastSeenMsAgo)} ago</td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableScroll>
      )}
    </section>
  );
}
