import { Button } from '../../components/Button.tsx';
import { CopyButton } from '../../components/CopyButton.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { Remark } from '../../components/Notice.tsx';
import { useApp } from '../../hooks/app-context.ts';
import { checkLink } from '../../lib/links.ts';

/** Shows where a link really leads before it opens. */
export function LinkDialog({ url, onClose }: { url: string; onClose: () => void }) {
  const { shell, stores } = useApp();
  const check = checkLink(url);
  if (check === undefined) return null;
  const isMail = check.url.startsWith('mailto:');
  return (
    <Dialog title={isMail ? 'Write a mail?' : 'Open this link?'} onClose={onClose}>
      <p className="muted">{isMail ? 'Your mail program opens with a mail to' : 'Your browser opens this site:'}</p>
      <p className="link-host" dir="ltr" data-testid="link-host">
        {check.host}
      </p>
      <p className="id-text" dir="ltr">
        {check.url}
      </p>
      {check.warnings.map((warning) => (
        <Remark key={warning} tone="warning">
          {warning}
        </Remark>
      ))}
      <div className="button-row end">
        <CopyButton text={check.url} label="Copy link" />
        <Button onClick={onClose}>Cancel</Button>
        <Button
          kind="primary"
          data-autofocus
          onClick={() => {
            shell.openLink(check.url, stores.ui.getState().fail);
            onClose();
          }}
        >
          Open
        </Button>
      </div>
    </Dialog>
  );
}
