import type { CallEntry as Entry } from '../../../core/api/views.ts';
import { Icon } from '../../components/Icon.tsx';
import { entryWords } from '../../lib/call-words.ts';

/** What remains of a call. */
export function CallEntry({ call, direction }: { call: Entry; direction: 'in' | 'out' }) {
  const missed = call.outcome !== 'answered';
  return (
    <span className={missed ? 'call-entry call-entry-missed' : 'call-entry'} data-testid="call-entry">
      <Icon name={missed ? 'hang-up' : 'call'} size={17} />
      {entryWords(call, direction)}
    </span>
  );
}
