import { expect, test } from 'vitest';
import { MainWindow } from './screens/main-window.ts';
import { fakePageUrl, withFake } from './support/fake-page.ts';
import { newScene } from './support/scene.ts';
import { see } from './support/see.ts';

/** Alan writes, then calls in vain, and Edith asks to be a friend. @returns what the system is given to show of it */
async function noticesWith(choice: string, watched = false): Promise<string[]> {
  const { page } = await newScene().page({ name: 'ada' });
  await page.addInitScript((watched) => {
    const notices: string[] = [];
    class Notice {
      static readonly permission = 'granted';
      constructor(title: string, { body }: { body: string }) {
        notices.push(`${title}: ${body}`);
      }
    }
    Object.assign(window, { notices, Notification: Notice });
    document.hasFocus = () => watched;
  }, watched);
  await page.goto(await fakePageUrl('busy'));
  const window = new MainWindow(page);
  const settings = await window.openSettings();
  await settings.getByRole('radio', { name: choice, exact: true }).check();
  await withFake(
    page,
    ({ fake: { core } }) => {
      const { key } = [...core.friends.values()].find(({ alias }) => alias === 'Alan')!;
      core.receive(key, 'the secret word');
      core.receive(key, '', { outcome: 'missed', durationMs: 0 });
      core.request('Edith', 'from the library');
    },
    null,
  );
  await see(window.badge('Alan')).toContainText('2 unread');
  return page.evaluate(() => (globalThis as unknown as { notices: string[] }).notices);
}

test('a notification tells what there is, and no word of it unless that was chosen', async () => {
  expect(await noticesWith('Name only')).toEqual([
    'Alan: New message',
    'Alan: Missed call',
    'Edith: Asks to be your friend',
  ]);
  expect(await noticesWith('Name and text')).toEqual([
    'Alan: the secret word',
    'Alan: Missed call',
    'Edith: Asks to be your friend: from the library',
  ]);
});

test('nothing is told to the system where that was chosen, or where somebody looks', async () => {
  expect(await noticesWith('Off')).toEqual([]);
  expect(await noticesWith('Name and text', true)).toEqual([]);
});
