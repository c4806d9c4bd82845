import type { NetworkStatus } from '../../../core/api/views.ts';
import { byteSize } from '../../lib/format.ts';

/** Bytes and packets since the start, and what was dropped and why. */
export function Traffic({ status }: { status: NetworkStatus }) {
  const { traffic } = status;
  const dropped = Object.entries(status.dropped)
    .filter(([, count]) => count > 0)
    .sort((a, b) => b[1] - a[1]);
  return (
    <section className="panel" aria-labelledby="traffic">
      <h2 id="traffic">Traffic since start</h2>
      <dl className="facts facts-short">
        <div>
          <dt>Received</dt>
          <dd>
            {byteSize(traffic.bytesIn)} in {traffic.packetsIn.toLocaleString()} packets
          </dd>
        </div>
        <div>
          <dt>Sent</dt>
          <dd>
            {byteSize(traffic.bytesOut)} in {traffic.packetsOut.toLocaleString()} packets
          </dd>
        </div>
      </dl>
      <h3>Dropped packets</h3>
      {dropped.length === 0 ? (
        <p className="muted">None. Broken, forged or unwanted packets would be counted here.</p>
      ) : (
        <dl className="facts facts-short" data-testid="dropped">
          {dropped.map(([reason, count]) => (
            <div key={reason}>
              <dt>{reason.replace(/[-_.]/gu, ' ')}</dt>
              <dd>{count.toLocaleString()}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
