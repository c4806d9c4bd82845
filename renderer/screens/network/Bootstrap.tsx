import { type FormEvent, useState } from 'react';
import type { NetworkStatus } from '../../../core/api/views.ts';
import { Button, IconButton } from '../../components/Button.tsx';
import { TextField } from '../../components/Field.tsx';
import { useApp } from '../../hooks/app-context.ts';
import { bootstrapProblem, bootstrapWords } from '../../lib/network-words.ts';

/** The ID of the field for another address. */
export const BOOTSTRAP_FIELD = 'bootstrap-address';

/** The doors into the network: the list, and a form to add one. */
export function Bootstrap({ nodes }: { nodes: NetworkStatus['bootstrap'] }) {
  const { stores } = useApp();
  const { removeBootstrap } = stores.network.getState();
  return (
    <section className="panel" aria-labelledby="bootstrap">
      <h2 id="bootstrap">Bootstrap nodes</h2>
      <p className="muted">They are asked first when Parley starts. One that answers is enough.</p>
      {nodes.length === 0 ? (
        <p>None.</p>
      ) : (
        <ul className="bootstrap-list" data-testid="bootstrap-list">
          {nodes.map((node) => (
            <li key={node.address}>
              <span className={`state-dot state-${node.state}`} aria-hidden="true" />
              <span className="id-text">{node.address}</span>
              <span className="bootstrap-state">
                {bootstrapWords(node.state)}
                {node.builtIn && ' · built in'}
              </span>
              <IconButton
                icon="trash"
                size={18}
                label={`Remove bootstrap node ${node.address.split('/')[0]}`}
                onClick={() => void removeBootstrap(node.address)}
              />
            </li>
          ))}
        </ul>
      )}
      <AddBootstrap />
    </section>
  );
}

function AddBootstrap() {
  const { stores } = useApp();
  const [address, setAddress] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const problem = bootstrapProblem(address);
    if (problem !== null) return setError(problem);
    setBusy(true);
    const outcome = await stores.network.getState().addBootstrap(address.trim());
    setBusy(false);
    if (!outcome.ok) return setError(outcome.error.message);
    setAddress('');
    stores.ui.getState().announce('Bootstrap node added');
  };
  return (
    <form className="form form-inline" onSubmit={(event) => void submit(event)}>
      <TextField
        id={BOOTSTRAP_FIELD}
        label="Add a bootstrap node"
        placeholder="HOST:PORT/PUBLICKEY"
        dir="ltr"
        value={address}
        onChange={(event) => {
          setAddress(event.target.value);
          setError(null);
        }}
        error={error}
      />
      <Button type="submit" icon="add" busy={busy} disabled={address.trim() === ''}>
        Add node
      </Button>
    </form>
  );
}
