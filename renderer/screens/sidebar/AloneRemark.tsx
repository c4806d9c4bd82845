import { useApp, useAppStore } from '../../hooks/app-context.ts';
import { useLasting } from '../../hooks/use-lasting.ts';

/** A node that has just started meets others within this time, if it meets any. */
const PATIENCE_MS = 5_000;

/** Says that this computer knows no other, so that nobody waits in vain; pressed, it shows what can be done. */
export function AloneRemark() {
  const { stores } = useApp();
  const alone = useAppStore('network', ({ status }) => status?.running === true && status.nodeCount === 0);
  const known = useAppStore('ui', (ui) => !ui.coreLost);
  const there = useAppStore('ui', ({ view }) => view.kind === 'network');
  const shown = useLasting(alone && known, PATIENCE_MS) && !there;
  if (!shown) return null;
  return (
    <button
      type="button"
      className="sidebar-remark"
      data-testid="alone"
      onClick={() => stores.ui.getState().show({ kind: 'network' })}
    >
      No other computer was found: messages wait here. <strong>What to do</strong>
    </button>
  );
}
