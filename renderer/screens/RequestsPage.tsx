import { type FormEvent, useEffect, useRef, useState } from 'react';
import { MAX_NAME_BYTES, type RequestView } from '../../core/api/views.ts';
import { isVisible } from '../../core/ids/visible.ts';
import { Avatar } from '../components/Avatar.tsx';
import { Button } from '../components/Button.tsx';
import { TextField } from '../components/Field.tsx';
import { EmptyState } from '../components/Notice.tsx';
import { PageHeader } from '../components/PageHeader.tsx';
import { useApp, useAppStore } from '../hooks/app-context.ts';
import { useNow } from '../hooks/use-now.ts';
import { useOpenChat } from '../hooks/use-open-chat.ts';
import { ago } from '../lib/format.ts';
import { displayName, fingerprint, plainLine, plainLines } from '../lib/safe-text.ts';
import { utf8Length } from '../lib/utf8.ts';

/** People who ask to be friends. */
export function RequestsPage() {
  const requests = useAppStore('friends', (state) => state.requests);
  const putAside = useRef<string | null>(null);
  const steady = useSteadyOrder(requests);
  return (
    <>
      <PageHeader title="Friend requests" />
      <div className="page-body">
        {steady.length === 0 && (
          <EmptyState icon="inbox" title="Nobody is waiting for an answer">
            <p>When somebody adds you with your public ID, you decide here.</p>
          </EmptyState>
        )}
        {steady.map((request) => (
          <RequestCard
            key={request.key}
            request={request}
            comesBack={request.key === putAside.current}
            onPutAside={() => {
              putAside.current = request.key;
            }}
          />
        ))}
      </div>
    </>
  );
}

/**
 * Newest first; one that comes while they are shown comes last, and one that comes back has its old place: else it would move
 * the others just as somebody presses a button of theirs.
 */
function useSteadyOrder(requests: ReadonlyMap<string, RequestView>): RequestView[] {
  const order = useRef(new Set<string>());
  const newestFirst = [...requests.values()].sort((a, b) => b.receivedAt - a.receivedAt);
  for (const { key } of newestFirst) order.current.add(key);
  return [...order.current].flatMap((key) => requests.get(key) ?? []);
}

function RequestCard({
  request,
  comesBack,
  onPutAside,
}: {
  request: RequestView;
  /** It was ignored or blocked here, and that was undone. */
  comesBack: boolean;
  onPutAside: () => void;
}) {
  const { stores } = useApp();
  const open = useOpenChat();
  const now = useNow(30_000);
  const [alias, setAlias] = useState(plainLine(request.name));
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const name = displayName(request);
  const { accept, ignore, block } = stores.friends.getState();
  const heading = useRef<HTMLHeadingElement>(null);
  const returned = useRef(comesBack);
  useEffect(() => {
    // The focus was beside it meanwhile: on a button of somebody else’s request, which the next Enter would press.
    if (returned.current && !(document.activeElement instanceof HTMLInputElement)) heading.current?.focus();
    returned.current = false;
  }, []);
  const putAsideBy = (act: (key: string, name: string) => Promise<void>) => {
    onPutAside();
    void act(request.key, name);
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (utf8Length(alias) > MAX_NAME_BYTES) return setError('This name is too long.');
    setBusy(true);
    const { view } = stores.ui.getState();
    const outcome = await accept({ key: request.key, alias: alias.trim() });
    setBusy(false);
    if (!outcome.ok) return setError(outcome.error.message);
    // Whoever went elsewhere meanwhile stays there.
    if (stores.ui.getState().view === view) open(request.key);
  };
  return (
    <article className="request-card" aria-label={`Request from ${name}`} data-testid="request">
      <div className="request-head">
        <Avatar id={request.key} name={name} />
        <div>
          <h2 ref={heading} dir="auto" tabIndex={-1}>
            {name}
          </h2>
          <p className="muted">
            {plainLine(request.name) ? 'The name they gave themselves.' : 'They gave no name.'} Received{' '}
            {ago(request.receivedAt, now)}.
          </p>
        </div>
      </div>
      {isVisible(request.greeting) && (
        <blockquote className="greeting" dir="auto">
          {plainLines(request.greeting)}
        </blockquote>
      )}
      <p className="muted">
        Key fingerprint. If it matters, compare it over another way with what they see under “Your ID”:
      </p>
      <p className="fingerprint">{fingerprint(request.key)}</p>
      <form className="form" onSubmit={(event) => void submit(event)}>
        <TextField
          label="Your name for them"
          value={alias}
          onChange={(event) => setAlias(event.target.value)}
          error={error}
        />
        <div className="button-row request-answers">
          <Button kind="primary" type="submit" icon="check" busy={busy}>
            Accept
          </Button>
          <Button onClick={() => putAsideBy(ignore)}>Ignore</Button>
          <Button kind="danger" icon="block" onClick={() => putAsideBy(block)}>
            Block
          </Button>
        </div>
      </form>
    </article>
  );
}
