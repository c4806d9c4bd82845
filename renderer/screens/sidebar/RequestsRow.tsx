import { Icon } from '../../components/Icon.tsx';
import { useApp, useAppStore } from '../../hooks/app-context.ts';
import { signNumber } from '../../lib/format.ts';

/** The way to the friend requests; only there when somebody asks. */
export function RequestsRow() {
  const { stores } = useApp();
  const count = useAppStore('friends', ({ requests }) => requests.size);
  const current = useAppStore('ui', ({ view }) => view.kind === 'requests');
  if (count === 0 && !current) return null;
  return (
    <button
      type="button"
      className="list-row requests-row"
      data-list-item
      data-testid="requests"
      data-view="requests"
      aria-current={current ? 'page' : undefined}
      onClick={() => stores.ui.getState().show({ kind: 'requests' })}
    >
      <span className="requests-icon">
        <Icon name="inbox" />
      </span>
      <span className="row-title">Friend requests</span>
      {count > 0 && <span className="badge">{signNumber(count)}</span>}
    </button>
  );
}
