import { expect, onTestFinished, test } from 'vitest';
import { MainWindow } from './screens/main-window.ts';
import { asPerson, befriend, type Person } from './support/people.ts';
import { startPrivateNetwork } from './support/private-network.ts';
import { newScene, type Scene } from './support/scene.ts';
import { see } from './support/see.ts';
import { until } from './support/until.ts';

const CARRIERS = 12;
/** Placing two copies and collecting them takes seconds; a busy machine takes longer. */
const CUSTODY_LIMIT_MS = 60_000;

interface Place {
  readonly scene: Scene;
  /** Starts a person's node, or starts it again. */
  start(name: string): Promise<Person>;
}

/** A network of carriers that nobody in the test is. */
async function amongCarriers(): Promise<Place> {
  const scene = newScene();
  const network = await startPrivateNetwork(CARRIERS);
  onTestFinished(network.stop);
  const bootstrap = [network.bootstrap];
  return { scene, start: async (name) => asPerson(await scene.node({ name, profile: name, bootstrap })) };
}

test('a message to a friend who is away arrives, with its sender gone for good', async () => {
  const { scene, start } = await amongCarriers();
  const [ada, ben] = await Promise.all([start('ada'), start('ben')]);
  await befriend(ada, ben);
  await ben.node.stop();

  const { page } = await scene.page({ name: 'ada', url: ada.node.ready.ui });
  const chat = await new MainWindow(page).openChat('ben');
  await see(chat.presence).toContainText('messages are kept for them', { timeout: CUSTODY_LIMIT_MS });
  await chat.send('Read me when you are back');
  const row = chat.message('Read me when you are back');
  await see(row.locator('.delivery')).toHaveAttribute('data-state', 'stored', { timeout: CUSTODY_LIMIT_MS });
  await row.getByRole('button', { name: 'Kept in the network' }).click();
  // Three where the sender's own node may be one of the holders.
  await see(page.getByRole('dialog')).toContainText(/Kept by [23] computers until/);
  await see(page.getByRole('dialog')).toContainText('It will be delivered when ben comes online.');
  await ada.node.kill();

  const again = await start('ben');
  const { page: benPage } = await scene.page({ name: 'ben', url: again.node.ready.ui });
  const window = new MainWindow(benPage);
  await see(window.badge('ada')).toContainText('1 unread message', { timeout: CUSTODY_LIMIT_MS });
  const opened = await window.openChat('ada');
  await see(opened.message('Read me when you are back')).toHaveCount(1);
});

test('a friend request to somebody who is away waits for them', async () => {
  const { scene, start } = await amongCarriers();
  const [ada, cleo] = await Promise.all([start('ada'), start('cleo')]);
  await cleo.node.stop();

  const { page } = await scene.page({ name: 'ada', url: ada.node.ready.ui });
  const window = new MainWindow(page);
  const adding = await window.openAddFriend();
  await adding.ask({ publicId: cleo.publicId, alias: 'Cleo', greeting: 'We met at the tide pools' });
  await see(window.friend('Cleo')).toContainText('Request kept in the network', { timeout: CUSTODY_LIMIT_MS });
  await ada.node.kill();

  const again = await start('cleo');
  const requests = await until(
    'the request is collected',
    async () => {
      const waiting = await again.node.client.call('friends.requests');
      return waiting.length > 0 && waiting;
    },
    CUSTODY_LIMIT_MS,
  );
  expect(requests).toMatchObject([{ key: ada.key, greeting: 'We met at the tide pools' }]);
});
