import { Button } from '../components/Button.tsx';
import { Logo } from '../components/Logo.tsx';
import { FirstRunPage } from './FirstRunPage.tsx';

/** The first thing a new person sees. */
export function Welcome({ onCreate, onRestore }: { onCreate: () => void; onRestore: () => void }) {
  return (
    <FirstRunPage title="Welcome to Parley" logo={<Logo size={112} />}>
      <p className="lead">
        Talk to people you know, with no company in between. There is no account and no server: a key on this computer
        is your identity, and the computers that run Parley are the network.
      </p>
      <div className="stack">
        <Button kind="primary" onClick={onCreate} data-autofocus>
          Create a profile
        </Button>
        <Button onClick={onRestore}>Restore a profile</Button>
      </div>
      <p className="fine-print">Restore when you already have 24 recovery words or a backup file.</p>
    </FirstRunPage>
  );
}
