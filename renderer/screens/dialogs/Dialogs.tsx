import { useCallback, useEffect } from 'react';
import { useApp, useAppStore } from '../../hooks/app-context.ts';
import { AddFriendDialog } from './AddFriendDialog.tsx';
import { BackupDialog } from './BackupDialog.tsx';
import { FriendDialog } from './FriendDialog.tsx';
import { LinkDialog } from './LinkDialog.tsx';
import { OwnIdDialog } from './OwnIdDialog.tsx';
import { PassphraseDialog } from './PassphraseDialog.tsx';
import { RenameDialog } from './RenameDialog.tsx';
import { ShortcutsDialog } from './ShortcutsDialog.tsx';
import { TakeBackDialog } from './TakeBackDialog.tsx';
import { WordsDialog } from './WordsDialog.tsx';

/** The dialog that is open, if any. */
export function Dialogs() {
  const dialog = useAppStore('ui', (ui) => ui.dialog);
  const { ui } = useApp().stores;
  // A late answer of one that was left closes no other one, with what is typed in it.
  const close = useCallback(() => {
    if (ui.getState().dialog === dialog) ui.getState().closeDialog();
  }, [ui, dialog]);
  const about = dialog?.kind === 'friend' || dialog?.kind === 'rename' ? dialog.key : null;
  const gone = useAppStore('friends', ({ friends }) => about !== null && !friends.has(about));
  // Removed in another window: a dialog that is not seen would keep notices and keys from the window.
  useEffect(() => {
    if (gone) close();
  }, [gone, close]);
  switch (dialog?.kind) {
    case undefined:
      return null;
    case 'own-id':
      return <OwnIdDialog onClose={close} />;
    case 'add-friend':
      return <AddFriendDialog initialText={dialog.text} onClose={close} />;
    case 'friend':
      return <FriendDialog friendKey={dialog.key} onClose={close} />;
    case 'rename':
      return <RenameDialog friendKey={dialog.key} onClose={close} />;
    case 'link':
      return <LinkDialog url={dialog.url} onClose={close} />;
    case 'words':
      return <WordsDialog onClose={close} />;
    case 'passphrase':
      return <PassphraseDialog onClose={close} />;
    case 'backup':
      return <BackupDialog onClose={close} />;
    case 'take-back':
      return <TakeBackDialog aside={dialog.aside} onClose={close} />;
    case 'shortcuts':
      return <ShortcutsDialog onClose={close} />;
  }
}
