import { plural } from '../lib/format.ts';
import type { IdCheck } from '../lib/public-id-check.ts';
import { Icon } from './Icon.tsx';

/** Places named in words; more would be a wall of numbers. */
const MAX_PLACES = 6;

/** What the live check of a public ID found, with the wrong characters marked. */
export function IdCheckResult({ check, refusal }: { check: IdCheck; refusal: string | null }) {
  return (
    <div className="id-check" role="status" data-testid="id-check" data-check={refusal ? 'refused' : check.kind}>
      {check.kind === 'empty' && 'Paste what your friend gave you. It begins with parley1.'}
      {check.kind === 'good' && refusal === null && (
        <span className="id-good">
          <Icon name="check" size={16} /> This ID is complete and correct.
        </span>
      )}
      {check.kind === 'good' && refusal !== null && <span className="id-bad">{refusal}</span>}
      {check.kind === 'bad' && <BadId check={check} />}
    </div>
  );
}

function BadId({ check }: { check: Extract<IdCheck, { kind: 'bad' }> }) {
  const { places, pieces, message } = check;
  return (
    <>
      <span className="id-bad">{message}</span>
      {places.length > 0 && (
        <>
          <span className="id-marked" aria-hidden="true" dir="ltr">
            {pieces.map((piece, i) =>
              piece.wrong ? <mark key={i}>{piece.text}</mark> : <span key={i}>{piece.text}</span>,
            )}
          </span>
          <span className="visually-hidden">{describePlaces(places)}</span>
        </>
      )}
    </>
  );
}

function describePlaces(places: readonly number[]): string {
  const named = places.slice(0, MAX_PLACES).join(', ');
  const more = places.length - MAX_PLACES;
  return `Wrong at character ${named}${more > 0 ? ` and ${plural(more, 'more place')}` : ''}.`;
}
