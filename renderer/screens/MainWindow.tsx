import { useEffect } from 'react';
import { BesideDialog } from '../components/Dialog.tsx';
import { useApp, useAppStore } from '../hooks/app-context.ts';
import { useCallNews } from '../hooks/use-call-news.ts';
import { useHomeFocus } from '../hooks/use-home-focus.ts';
import { useNarrow } from '../hooks/use-narrow.ts';
import { useNotifications } from '../hooks/use-notifications.ts';
import { useShortcuts } from '../hooks/use-shortcuts.ts';
import { useUnreadSign } from '../hooks/use-unread-sign.ts';
import { CallArea, CallsInDialog } from './calls/CallArea.tsx';
import { ChatPane } from './chat/ChatPane.tsx';
import { Dialogs } from './dialogs/Dialogs.tsx';
import { ElsewhereBanner } from './ElsewhereBanner.tsx';
import { HomePane } from './HomePane.tsx';
import { News } from './News.tsx';
import { NetworkPage } from './network/NetworkPage.tsx';
import { RequestsPage } from './RequestsPage.tsx';
import { SettingsPage } from './settings/SettingsPage.tsx';
import { Sidebar } from './sidebar/Sidebar.tsx';

/** The list on the left and what was chosen on the right; one of them at a time in a narrow window. */
export function MainWindow() {
  const { stores, shell } = useApp();
  const view = useAppStore('ui', (ui) => ui.view);
  useShortcuts();
  useHomeFocus();
  useNotifications();
  useUnreadSign();
  useCallNews();
  useEffect(
    () => shell.onDeepLink((link) => stores.ui.getState().openDialog({ kind: 'add-friend', text: link })),
    [shell, stores],
  );
  const narrow = useNarrow();
  return (
    <>
      <CallArea />
      <ElsewhereBanner />
      {narrow && view.kind === 'home' ? <ListAlone /> : <ListAndPane narrow={narrow} />}
      {/* Outside of both, so that what is typed in a dialog stays when the window changes its width. */}
      <BesideDialog value={<InDialogs />}>
        <Dialogs />
      </BesideDialog>
    </>
  );
}

function InDialogs() {
  return (
    <>
      <CallsInDialog />
      <News inDialog />
    </>
  );
}

function ListAlone() {
  return (
    <main className="main-window">
      <h1 className="visually-hidden">Parley</h1>
      <Sidebar />
    </main>
  );
}

function ListAndPane({ narrow }: { narrow: boolean }) {
  return (
    <div className="main-window">
      {!narrow && <Sidebar />}
      <main className="pane">
        <Pane />
      </main>
    </div>
  );
}

function Pane() {
  const view = useAppStore('ui', (ui) => ui.view);
  switch (view.kind) {
    case 'home':
      return <HomePane />;
    case 'chat':
      return <ChatPane key={view.key} friendKey={view.key} />;
    case 'requests':
      return <RequestsPage />;
    case 'network':
      return <NetworkPage />;
    case 'settings':
      return <SettingsPage />;
  }
}
