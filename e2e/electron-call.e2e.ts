import { expect, test } from 'vitest';
import { CHANNELS } from '../electron/ipc-channels.ts';
import { CallScreen } from './screens/call.ts';
import { MainWindow } from './screens/main-window.ts';
import { meet, startApp } from './support/desktop-app.ts';
import { addEars, audible, hear, heldDevices } from './support/ears.ts';
import { people } from './support/people.ts';
import { newScene } from './support/scene.ts';
import { see } from './support/see.ts';
import { until } from './support/until.ts';

test('a call to the desktop app is taken from its notice, and its sound goes through main and preload both ways', async () => {
  const scene = newScene();
  const { ben, bootstrap } = await people(scene, 'ben');
  const app = await startApp(scene, bootstrap.node.ready.bootstrap, addEars);
  const { electron, page: dora } = app;
  await meet(app, ben);
  const page = await scene.page({ name: 'ben' });
  await addEars(page.page);
  await page.page.goto(ben.node.ready.ui);
  const chat = await new MainWindow(page.page).openChat('dora');
  const [bens, doras] = [new CallScreen(page.page), new CallScreen(dora.page)];
  const microphone = () =>
    electron.session.defaultSession.ask<boolean>('permissionRequest', {}, 'media', {
      ...{ isMainFrame: true, requestingUrl: 'app://parley/index.html', mediaTypes: ['audio'] },
    });

  // She does something else; the system tells her.
  await dora.page.evaluate(() => {
    document.hasFocus = () => false;
  });
  const call = chat.page.getByTestId('chat').getByRole('button', { name: 'Call dora' });
  await call.click();
  await until('the system shows the call', () => electron.Notification.all.length === 1);
  expect(electron.Notification.all[0]?.options).toMatchObject({ title: 'ben', body: 'Is calling you' });
  expect(await microphone()).toBe(false);
  electron.Notification.all[0]?.emit('click');
  expect(electron.BrowserWindow.all[0]?.focused).toBe(true);
  await see(doras.incoming.getByRole('button', { name: 'Accept' })).toBeFocused();
  expect(electron.Notification.all).toEqual([]);
  await dora.page.keyboard.press('Enter');
  for (const { root } of [bens, doras]) await see(root).toHaveAttribute('data-state', 'active');
  expect(await microphone()).toBe(true);
  for (const [who, { page: one }] of [['Ben', page] as const, ['Dora', dora] as const]) {
    await until(`${who} hears the other one`, async () => audible(await hear(one, 10)).length > 3);
  }
  await doras.mute.click();
  await until('Ben hears nothing', async () => audible(await hear(page.page, 20)).length === 0);
  await bens.hangUp.click();
  await until('the devices are free', async () => {
    const { microphones, speakers } = await heldDevices(dora.page);
    return microphones === 0 && speakers === 0;
  });
  expect(await microphone()).toBe(false);

  // As pressed on a system whose notices have buttons.
  const press = async (action: 'accept' | 'decline') => {
    const [notice] = await until('it rings', async () => {
      const { value } = (await electron.ipcMain.call(CHANNELS.request, ['calls.list', {}])) as {
        value: { call: string; state: string }[];
      };
      return value.some(({ state }) => state === 'ringing') && electron.Notification.all.length === 1 && value;
    });
    electron.BrowserWindow.all[0]?.webContents.send(CHANNELS.callAction, { call: notice?.call, action });
  };
  await call.click();
  await press('accept');
  await see(doras.root).toHaveAttribute('data-state', 'active');
  await until('the notice is gone', () => electron.Notification.all.length === 0);
  await bens.hangUp.click();
  await see(doras.root).toHaveCount(0);
  await call.click();
  await press('decline');
  await see(page.page.locator('.toast')).toContainText('dora declined the call.');
  expect(dora.problems()).toEqual([]);
});
