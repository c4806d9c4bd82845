import { useEffect, useState } from 'react';
import { Button } from '../components/Button.tsx';
import { Loading, Remark } from '../components/Notice.tsx';
import { useApp, useAppStore } from '../hooks/app-context.ts';
import { useLostFocus } from '../hooks/use-lost-focus.ts';
import { useNoDrop } from '../hooks/use-no-drop.ts';
import { useSingleEnter } from '../hooks/use-single-enter.ts';
import { useTheme } from '../hooks/use-theme.ts';
import { ConnectionBanner } from './ConnectionBanner.tsx';
import { DamagedProfile } from './DamagedProfile.tsx';
import { FirstRun } from './FirstRun.tsx';
import { FirstRunPage } from './FirstRunPage.tsx';
import { ForgottenPassphrase } from './ForgottenPassphrase.tsx';
import { MainWindow } from './MainWindow.tsx';
import { News } from './News.tsx';
import { Unlock } from './Unlock.tsx';

const STILL_DAMAGED = 'It still cannot be opened.';

/** Chooses the screen by the profile's state; what belongs to all screens stands around it. */
export function App() {
  useLostFocus();
  useNoDrop();
  useSingleEnter();
  useTheme(useAppStore('settings', ({ settings }) => settings.theme));
  return (
    <>
      <ConnectionBanner />
      <Screen />
      <News />
    </>
  );
}

function Screen() {
  const { client, stores } = useApp();
  const profile = useAppStore('profile', (state) => state.profile);
  const error = useAppStore('profile', (state) => state.error);
  const settingUp = useAppStore('profile', (state) => state.settingUp);
  const [forgotten, setForgotten] = useState(false);
  const [anew, setAnew] = useState(false);
  const closed = profile?.state === 'locked' || profile?.state === 'damaged';
  useEffect(() => {
    if (closed || settingUp) return;
    setForgotten(false);
    setAnew(false);
  }, [closed, settingUp]);
  const retry = async () => {
    const outcome = await client.request('profile.retry', {});
    await stores.profile.getState().load();
    const { ui, profile: now } = stores;
    if (!outcome.ok) ui.getState().fail(outcome.error);
    else if (now.getState().profile?.state === 'damaged') ui.getState().toast({ text: STILL_DAMAGED, tone: 'info' });
  };
  const unlock = async (passphrase: string) => {
    const outcome = await client.request('profile.unlock', { passphrase });
    if (!outcome.ok) return outcome.error;
    await stores.profile.getState().load();
    return null;
  };
  if (profile === null) return <Starting failed={error !== null} onRetry={() => stores.profile.getState().load()} />;
  if (profile.state === 'missing' || settingUp || (closed && anew)) {
    return <FirstRun onLeave={anew ? () => setAnew(false) : undefined} />;
  }
  const toNew = () => setAnew(true);
  if (profile.state === 'damaged') {
    return <DamagedProfile key={profile.fault} fault={profile.fault} onRetry={retry} onAnew={toNew} />;
  }
  if (profile.state === 'locked') {
    if (forgotten) return <ForgottenPassphrase onBack={() => setForgotten(false)} onAnew={toNew} />;
    return <Unlock name={profile.name} onUnlock={unlock} onForgotten={() => setForgotten(true)} />;
  }
  return <MainWindow />;
}

function Starting({ failed, onRetry }: { failed: boolean; onRetry: () => Promise<void> }) {
  if (!failed) {
    return (
      <main className="first-run">
        <Loading label="Starting Parley…" />
      </main>
    );
  }
  return (
    <FirstRunPage title="Parley does not answer">
      <Remark tone="error">
        This window has lost its connection to Parley. It may have been closed. Start Parley again; if it prints a new
        address, open that one.
      </Remark>
      <Button kind="primary" onClick={() => void onRetry()}>
        Try again
      </Button>
    </FirstRunPage>
  );
}
