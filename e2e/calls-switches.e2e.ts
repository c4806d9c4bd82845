import { expect, test } from 'vitest';
import { MainWindow } from './screens/main-window.ts';
import { type Caller, talk, twoPeople } from './support/callers.ts';
import { addEars, audible, devicesInUse, hear, heldDevices } from './support/ears.ts';
import { fakePageUrl } from './support/fake-page.ts';
import { newScene } from './support/scene.ts';
import { see } from './support/see.ts';
import { until } from './support/until.ts';

const hears = ({ node, page }: Caller) =>
  until(`${node.name} hears the other`, async () => audible(await hear(page.page, 10)).length > 3);
const hearsNothing = ({ node, page }: Caller) =>
  until(`${node.name} hears nothing`, async () => audible(await hear(page.page, 20)).length === 0);

test('one is heard while the key or the button to talk is held, and hears nothing when deafened', async () => {
  const scene = newScene();
  const { ada, ben } = await twoPeople(scene);
  const settings = (await ada.window.openSettings()).getByTestId('call-settings');
  await settings.getByRole('switch', { name: 'Push to talk' }).click();
  await settings.getByRole('button', { name: 'Choose another key' }).click();
  await ada.page.page.keyboard.press('F7');
  await talk(ada, ben);
  await see(ada.call.remark).toContainText('Hold F7 to talk.');
  await hears(ada);
  await hearsNothing(ben);
  const { keyboard, mouse } = ada.page.page;
  await keyboard.down('F7');
  await see(ada.call.talk).toHaveAttribute('aria-pressed', 'true');
  await hears(ben);
  // Also in a dialog, and after it.
  await keyboard.press('Control+n');
  await see(ada.window.dialog.getByRole('button', { name: 'Talk' })).toHaveAttribute('aria-pressed', 'true');
  await keyboard.press('Escape');
  await see(ada.window.dialog).toHaveCount(0);
  await see(ada.call.talk).toHaveAttribute('aria-pressed', 'true');
  await keyboard.up('F7');
  await see(ada.call.talk).toHaveAttribute('aria-pressed', 'false');
  await hearsNothing(ben);
  await ada.call.talk.hover();
  await mouse.down();
  await hears(ben);
  await mouse.up();
  await hearsNothing(ben);

  await ada.call.deafen.click();
  await see(ben.call.root).toContainText('Does not hear you: deafened');
  await hearsNothing(ada);
  await ada.call.deafen.click();
  await hears(ada);
});

test('microphone and loudspeaker are changed during a call, which goes on', async () => {
  const scene = newScene();
  const { ada, ben } = await twoPeople(scene);
  await talk(ada, ben);
  await hears(ben);
  const settings = (await ada.window.openSettings()).getByTestId('call-settings');
  const [microphone, speaker] = [settings.getByLabel('Microphone'), settings.getByLabel('Loudspeaker')];
  await microphone.selectOption({ label: 'Fake Audio Input 2' });
  await until('the other microphone is used', async () => {
    return (await devicesInUse(ada.page.page)).microphone === 'Fake Audio Input 2';
  });
  expect(await heldDevices(ada.page.page)).toEqual({ microphones: 1, speakers: 1 });
  await hears(ben);
  await speaker.selectOption({ label: 'Fake Audio Output 2' });
  await until('the other loudspeaker is used', async () => {
    return (await devicesInUse(ada.page.page)).speaker === (await speaker.inputValue());
  });
  await hears(ada);
  await hears(ben);
  await ada.call.hangUp.click();
  await until('the devices are free', async () => (await heldDevices(ada.page.page)).microphones === 0);
});

test('a microphone that is tried out moves the meter, and what was said is played back', async () => {
  const { page } = await newScene().page({ name: 'ada' });
  await addEars(page);
  await page.goto(await fakePageUrl('calls'));
  const settings = (await new MainWindow(page).openSettings()).getByTestId('call-settings');
  await settings.getByRole('button', { name: 'Test the microphone' }).click();
  const bar = settings.getByTestId('level').locator('span');
  const fullness = () => bar.evaluate(({ style }) => Number.parseFloat(style.width));
  await until('the meter moves', async () => (await fullness()) > 50);
  await until('and falls between two syllables', async () => (await fullness()) < 30);
  await settings.getByRole('button', { name: /^Record/ }).click();
  for (let syllable = 0; syllable < 3; syllable++) {
    await until('something is said', async () => (await fullness()) > 50);
    await until('and it is quiet', async () => (await fullness()) < 30);
  }
  await settings.getByRole('button', { name: 'Stop and listen' }).click();
  await until('it is heard', async () => audible(await hear(page, 10, 'players')).length > 3);
  await see(settings.getByRole('button', { name: /^Record/ })).toBeVisible();
  await settings.getByRole('button', { name: 'End the test' }).click();
  await until('the microphone is free', async () => (await heldDevices(page)).microphones === 0);
});
