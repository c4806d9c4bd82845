import { Choice, Switch } from '../../components/Field.tsx';
import { PageHeader } from '../../components/PageHeader.tsx';
import { useApp, useAppStore } from '../../hooks/app-context.ts';
import { About } from './About.tsx';
import { AsideProfiles } from './AsideProfiles.tsx';
import { BlockedPeople } from './BlockedPeople.tsx';
import { CallSettings } from './CallSettings.tsx';
import { NotificationSettings } from './NotificationSettings.tsx';
import { ProfileSettings } from './ProfileSettings.tsx';
import { RemovedFriends } from './RemovedFriends.tsx';

const THEMES = [
  { value: 'system', label: 'Like the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
] as const;

/** Everything that can be chosen. Changes are kept at once. */
export function SettingsPage() {
  const { stores } = useApp();
  const settings = useAppStore('settings', (state) => state.settings);
  const update = (change: Partial<typeof settings>) => void stores.settings.getState().update(change);
  return (
    <>
      <PageHeader title="Settings" />
      <div className="page-body" data-testid="settings">
        <section className="panel" aria-labelledby="set-look">
          <h2 id="set-look">Appearance</h2>
          <Choice label="Theme" value={settings.theme} options={THEMES} onChange={(theme) => update({ theme })} />
        </section>
        <section className="panel" aria-labelledby="set-chats">
          <h2 id="set-chats">Chats</h2>
          <Switch
            label="Enter sends"
            hint="Shift+Enter makes a new line. When off, Enter makes a new line and Ctrl+Enter sends."
            checked={settings.enterSends}
            onChange={(enterSends) => update({ enterSends })}
          />
          <Switch
            label="Read receipts"
            hint="Friends see when you have read their messages."
            checked={settings.sendReadReceipts}
            onChange={(sendReadReceipts) => update({ sendReadReceipts })}
          />
          <Switch
            label="Typing signs"
            hint="Friends see when you are typing to them."
            checked={settings.sendTyping}
            onChange={(sendTyping) => update({ sendTyping })}
          />
        </section>
        <CallSettings padCalls={settings.padCalls} onChange={update} />
        <NotificationSettings mode={settings.notifications} onChange={(notifications) => update({ notifications })} />
        <ProfileSettings />
        <AsideProfiles />
        <section className="panel" aria-labelledby="set-network">
          <h2 id="set-network">Network</h2>
          <Switch
            label="Find other computers on the local network"
            hint="Other computers nearby can then see that Parley runs here."
            checked={settings.lanDiscovery}
            onChange={(lanDiscovery) => update({ lanDiscovery })}
          />
        </section>
        <RemovedFriends />
        <BlockedPeople />
        <About />
      </div>
    </>
  );
}
