import type { NetworkStatus } from '../../../core/api/views.ts';
import { Tally } from '../../components/Facts.tsx';
import { Meter } from '../../components/Meter.tsx';
import { plural, roomSize } from '../../lib/format.ts';
import { CarryingChoice } from './CarryingChoice.tsx';

/** What this computer keeps for people who are away, and how much it gives for that. */
export function Carried({ status }: { status: NetworkStatus }) {
  const { carried, relay } = status;
  return (
    <section className="panel" aria-labelledby="carried" data-testid="carried">
      <h2 id="carried">Kept for others</h2>
      <p className="muted">
        Messages to people who are away wait on computers like this one. They are sealed: this computer can neither read
        them nor see who wrote them.
      </p>
      {carried.capacity > 0 && (
        <Meter
          label={
            carried.envelopes === 0
              ? 'Nothing yet'
              : `${plural(carried.envelopes, 'message')} to ${plural(carried.destinations, 'receiver')}`
          }
          value={carried.bytes}
          max={carried.capacity}
          text={`${roomSize(carried.bytes)} of ${roomSize(carried.capacity)}`}
        />
      )}
      <h3>Since start</h3>
      <Tally
        counts={[
          ['Taken', relay.taken],
          ['Handed on', relay.handedOn],
          ['Arrived', relay.freed],
          ['Expired', relay.expired],
        ]}
      />
      <CarryingChoice capacity={carried.capacity} />
      {status.leaf && carried.capacity > 0 && (
        <p className="muted">Just now it takes part as a leaf, so nobody hands it anything to keep.</p>
      )}
    </section>
  );
}

/** What waits for me elsewhere. */
export function Held({ held }: { held: NetworkStatus['held'] }) {
  return (
    <section className="panel" aria-labelledby="held" data-testid="held">
      <h2 id="held">Kept for me</h2>
      <p>
        {held.envelopes === 0
          ? 'Nothing was waiting when the network was last asked.'
          : `${plural(held.envelopes, 'message')} ${held.envelopes === 1 ? 'was' : 'were'} waiting when the network was last asked.`}
      </p>
      <p className="muted">
        While you are away, two other computers keep each message for you, for up to 14 days. They cannot read it: only
        your profile can.
      </p>
    </section>
  );
}
