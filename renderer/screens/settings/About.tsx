import { version } from '../../../package.json';
import { Button } from '../../components/Button.tsx';
import { useApp } from '../../hooks/app-context.ts';

/** Version and licence. */
export function About() {
  const { stores } = useApp();
  return (
    <section className="panel" aria-labelledby="set-about">
      <h2 id="set-about">About</h2>
      <p data-testid="version">Parley {version}</p>
      <p className="muted">
        Free software under the GNU Affero General Public License, version 3 only. It comes without any warranty.
      </p>
      <Button kind="quiet" onClick={() => stores.ui.getState().openDialog({ kind: 'shortcuts' })}>
        Keyboard shortcuts
      </Button>
    </section>
  );
}
