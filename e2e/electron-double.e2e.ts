import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { meet, startApp } from './support/desktop-app.ts';
import { people } from './support/people.ts';
import { newScene } from './support/scene.ts';
import { see } from './support/see.ts';
import { until } from './support/until.ts';

test('the desktop app chats, keeps to itself, opens links with care, and ends cleanly', async () => {
  const scene = newScene();
  const { ben, bootstrap } = await people(scene, 'ben');
  const app = await startApp(scene, bootstrap.node.ready.bootstrap);
  const { electron, page, window } = app;

  // A request arrives by an event, its answer leaves by a request.
  await meet(app, ben);
  const chat = await window.openChat('ben');
  await chat.send('Hello from the desktop https://example.org/a');
  await until('Ben has it', async () => {
    const [friend] = await ben.node.client.call('friends.list');
    return friend?.lastMessage?.text.startsWith('Hello from the desktop');
  });

  // What nobody has read yet is counted where a hidden window does not show it.
  const signs = () => [electron.Tray.all.at(-1)?.tooltip, electron.app.badge];
  await window.openSettings();
  const { key } = await ben.node.client.call('friends.list').then(([dora]) => dora!);
  await ben.node.client.call('messages.send', { friend: key, text: 'Are you there?' });
  await until('one is unread', () => electron.app.badge === 1);
  expect(signs()).toEqual(['Parley: 1 unread message', 1]);
  await see(page.page).toHaveTitle('(1) Parley');
  await window.openChat('ben');
  await until('none is unread', () => electron.app.badge === 0);
  expect(signs()).toEqual(['Parley', 0]);

  // A notification of the page that is pressed brings back a hidden window, with the chat.
  await window.openSettings();
  await page.page.evaluate(() => {
    class Notice {
      static readonly permission = 'granted';
      onclick: (() => void) | null = null;
      constructor() {
        Object.assign(window, { notice: this });
      }
      close(): void {}
    }
    Object.assign(window, { Notification: Notice });
    document.hasFocus = () => false;
  });
  const shellWindow = electron.BrowserWindow.all[0]!;
  shellWindow.hide();
  await ben.node.client.call('messages.send', { friend: key, text: 'And now?' });
  type Noticed = { notice?: { onclick(): void } };
  await until('there is a notice', () => page.page.evaluate(() => 'notice' in window));
  await page.page.evaluate(() => (window as Noticed).notice?.onclick());
  await until('the window is shown', () => shellWindow.visible);
  await see(chat.heading).toHaveText('ben');

  // A link is shown with its host before it goes to the system's browser.
  await page.page.getByRole('link', { name: 'https://example.org/a' }).click();
  expect(electron.shell.opened).toEqual([]);
  await page.page.getByRole('dialog').getByRole('button', { name: 'Open' }).click();
  await until('the link is open', () => electron.shell.opened.length > 0);
  expect(electron.shell.opened).toEqual(['https://example.org/a']);
  electron.shell.openExternal = () => Promise.reject(new Error('Failed to open'));
  await page.page.getByRole('link', { name: 'https://example.org/a' }).click();
  await page.page.getByRole('dialog').getByRole('button', { name: 'Open' }).click();
  await see(page.page.getByText('This system has no program that opens this link.')).toBeVisible();

  // A parley: link of a second start opens the form with it, and adds nobody by itself.
  electron.app.emit('second-instance', {}, ['electron', '.', `parley:${ben.publicId}`]);
  await see(page.page.getByRole('dialog')).toContainText('Add');
  await window.closeDialog();

  // Nothing was asked for but the app's own files, and nothing was refused or thrown.
  expect(app.outside).toEqual([]);
  expect(page.requests.every((url) => url.startsWith(`${app.origin}/`))).toBe(true);
  expect(page.problems()).toEqual([]);

  // The policy holds in the page: markup does not run, no connection can be made, and no worker started.
  const escaped = await page.page.evaluate(async () => {
    let ran = false;
    Object.assign(window, { __ran: () => (ran = true) });
    try {
      document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="__ran()">');
    } catch {
      // Trusted Types refuse text as markup.
    }
    const fetched = await fetch('https://example.org/').then(
      () => true,
      () => false,
    );
    const makes = (make: () => unknown): boolean => {
      try {
        make();
        return true;
      } catch {
        return false;
      }
    };
    const { trustedTypes } = window as unknown as {
      trustedTypes: { createPolicy(name: string, rules: object): object };
    };
    const works = makes(() => new Worker('./app.js'));
    const rules = ['parley-worker', 'other'].map((name) => makes(() => trustedTypes.createPolicy(name, {})));
    return { ran, fetched, works, rules };
  });
  expect(escaped).toEqual({ ran: false, fetched: false, works: false, rules: [false, false] });
  expect(app.outside).toEqual([]);

  electron.app.quit();
  await until('the app has ended', () => electron.app.exitCode !== undefined);
  expect(electron.app.exitCode).toBe(0);
  expect(existsSync(join(scene.folder, 'desktop', 'profile.db'))).toBe(true);
});
