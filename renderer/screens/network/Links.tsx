import type { NetworkStatus } from '../../../core/api/views.ts';
import { TableScroll } from '../../components/TableScroll.tsx';
import { useAppStore } from '../../hooks/app-context.ts';
import { useNow } from '../../hooks/use-now.ts';
import { duration } from '../../lib/format.ts';
import { displayName } from '../../lib/safe-text.ts';

/** The encrypted connections to friends, with the age of their keys. */
export function Links({ links, takenAt }: { links: NetworkStatus['links']; takenAt: number }) {
  const friends = useAppStore('friends', (state) => state.friends);
  const passed = Math.max(0, useNow(1_000) - takenAt);
  return (
    <section className="panel" aria-labelledby="links">
      <h2 id="links">Links to friends</h2>
      <p className="muted">Encrypted from end to end. Each key is thrown away after five minutes at most.</p>
      {links.length === 0 ? (
        <p>No friend is connected now.</p>
      ) : (
        <TableScroll label="Links">
          <table data-testid="links">
            <thead>
              <tr>
                <th scope="col">Friend</th>
                <th scope="col">Address</th>
                <th scope="col">Round trip</th>
                <th scope="col">Key age</th>
                <th scope="col">Next key in</th>
              </tr>
            </thead>
            <tbody>
              {links.map((link) => (
                <tr key={link.friend}>
                  <td>
                    <bdi>{displayName(friends.get(link.friend) ?? { key: link.friend })}</bdi>
                  </td>
                  <td className="mono">{link.address}</td>
                  <td>{link.rttMs === null ? '–' : duration(link.rttMs)}</td>
                  <td title={`Epoch ${link.epoch}`}>{seconds(link.epochAgeMs + passed)}</td>
                  <td>{seconds(Math.max(0, link.nextEpochInMs - passed))}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableScroll>
      )}
    </section>
  );
}

/** Whole seconds: tenths would flicker. */
function seconds(ms: number): string {
  return ms < 1_000 ? '0 s' : duration(ms);
}
