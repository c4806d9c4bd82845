import type { Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import type { CallView } from '../core/api/views.ts';
import { CallScreen } from './screens/call.ts';
import { MainWindow } from './screens/main-window.ts';
import { addAxe, expectAccessible } from './support/axe.ts';
import { fakePageUrl, withFake } from './support/fake-page.ts';
import { drawn, resize } from './support/resize.ts';
import { newScene } from './support/scene.ts';
import { see } from './support/see.ts';

interface Shown {
  readonly page: Page;
  readonly window: MainWindow;
  readonly call: CallScreen;
}

/** The UI on a fake core with two friends: what a person sees and does, without sound. */
async function friends(): Promise<Shown> {
  const { page } = await newScene().page({ name: 'ada' });
  await addAxe(page);
  await page.goto(await fakePageUrl('calls'));
  const window = new MainWindow(page);
  await see(window.friend('Anna')).toBeVisible();
  return { page, window, call: new CallScreen(page) };
}

/** The friend with this place in the list calls. */
function ring(page: Page, friend: number): Promise<void> {
  return withFake(
    page,
    ({ fake: { core }, argument }) => void core.calls.ring([...core.friends.keys()][argument] ?? ''),
    friend,
  );
}

/** The core tells of the present call. */
function tell(page: Page, change: Partial<CallView>): Promise<void> {
  return withFake(
    page,
    async ({ fake, argument }) => {
      const outcome = await fake.transport.request('calls.list', {});
      const [call] = outcome.ok ? (outcome.value as CallView[]) : [];
      fake.core.calls.change(call?.call ?? '', argument);
    },
    change,
  );
}

const QUALITY = {
  ...{ rttMs: 38, jitterMs: 4, queueingMs: 2, lossIn: 0.004, lossOut: 0 },
  ...{ epoch: 3, epochAgeMs: 95_000, nextEpochInMs: 85_000 },
};
const ENCODER = { bitRate: 32_000, redundancy: 0, constantRate: true };

describe('a call that comes in', () => {
  test('can be taken while one reads something else, and shows how it goes', async () => {
    const { page, window, call } = await friends();
    await window.openChat('Boris');
    await ring(page, 0);
    await see(call.incoming).toContainText('Anna');
    await see(page.getByTestId('announcer')).toContainText('Anna is calling you');
    await expectAccessible(page, 'somebody calls');
    await call.accept();
    await see(call.root).toHaveAttribute('data-state', 'active');
    await see(call.timer).toHaveText(/^0:0\d$/);
    await see(window.friend('Boris')).toHaveAttribute('aria-current', 'page');
    await tell(page, { quality: QUALITY, encoder: ENCODER });
    await see(call.quality).toContainText('Good connection');
    await expectAccessible(page, 'call');
    await call.quality.click();
    await see(call.details).toContainText('about 99 ms');
    await see(call.details).toContainText('0.4 %');
    await see(call.details).toContainText('1 min 35 s');
    await see(call.details).toContainText('in 1 min 25 s');
    await expectAccessible(page, 'details of a call', ['wide']);
    await page.keyboard.press('Escape');
    await tell(page, { quality: { ...QUALITY, lossIn: 0.2 } });
    await see(call.quality).toContainText('Poor connection: 20 % is lost on the way');
    await tell(page, { state: 'reconnecting' });
    await see(call.root).toContainText('Trying to reach them again');
    await expectAccessible(page, 'call that lost the other side');
    await tell(page, { state: 'active', peerMuted: true });
    await see(call.root).toContainText('Their microphone is off');
    await call.mute.click();
    await see(call.mute).toHaveAttribute('aria-pressed', 'true');
    await call.deafen.click();
    await see(call.deafen).toHaveAttribute('aria-pressed', 'true');
    await expectAccessible(page, 'call, muted and deafened');
    await call.hangUp.click();
    await see(call.root).toHaveCount(0);
  });

  test('during another one can be declined, or taken instead', async () => {
    const { page, window, call } = await friends();
    await window.openChat('Anna');
    await page.getByTestId('chat').getByRole('button', { name: 'Call Anna' }).click();
    await see(call.root).toContainText('Ringing…');
    await tell(page, { state: 'active', answeredAt: 1 });
    await ring(page, 1);
    await see(call.incoming).toContainText('Taking it ends the call with Anna.');
    await see(page.getByRole('button', { name: /^Call Anna: end/ }).first()).toBeDisabled();
    await expectAccessible(page, 'a second call comes in');
    await call.decline();
    await see(call.incoming).toHaveCount(0);
    await see(call.root).toContainText('Anna');
  });
});

test('whoever calls by the keyboard stays at the button, which does nothing until the call is over', async () => {
  const { page, window, call } = await friends();
  const chat = await window.openChat('Anna');
  const button = chat.root.locator('.call-button');
  await button.focus();
  await page.keyboard.press('Enter');
  await see(call.root).toContainText('Ringing…');
  await see(button).toBeDisabled();
  // As when another window gets the focus meanwhile: the button has it still when this one is back.
  await button.evaluate((off) => off.dispatchEvent(new FocusEvent('focusout', { bubbles: true })));
  await drawn(page);
  await see(button).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Alt+H');
  await see(call.root).toHaveCount(0);
  await see(button).toBeEnabled();
  await see(button).toBeFocused();
  await page.keyboard.press('Enter');
  await see(call.root).toContainText('Ringing…');
});

test('whoever hangs up goes on writing in the chat that is open', async () => {
  const { page, window, call } = await friends();
  const chat = await window.openChat('Boris');
  await ring(page, 0);
  await call.accept();
  await call.isActive();
  await call.hangUp.click();
  await see(call.root).toHaveCount(0);
  await see(chat.composer).toBeFocused();
  await window.home();
  await ring(page, 0);
  await call.decline();
  await see(window.searchBox).toBeFocused();
});

test('in a window as narrow as a phone names are whole and the figures of a call stand under each other', async () => {
  const { page, window, call } = await friends();
  await resize(page, { width: 360, height: 640 });
  await window.openChat('Boris');
  const whole = (name: string) =>
    page
      .locator('.call-name', { hasText: name })
      .evaluate((shown) => shown.clientWidth > 0 && shown.scrollWidth <= shown.clientWidth);
  await ring(page, 0);
  await see(call.incoming).toContainText('Anna');
  expect(await whole('Anna')).toBe(true);
  await call.accept();
  await call.isActive();
  await ring(page, 1);
  await see(call.incoming).toContainText('Taking it ends the call with Anna.');
  expect(await whole('Boris')).toBe(true);
  await call.decline();
  await tell(page, { quality: QUALITY, encoder: ENCODER });
  await call.quality.click();
  await see(call.details).toContainText('about 99 ms');
  const facts = await call.details.locator('dd').evaluateAll((all) =>
    all.map((dd) => {
      const name = dd.previousElementSibling!;
      return {
        left: dd.getBoundingClientRect().left,
        beside: name.getBoundingClientRect().top === dd.getBoundingClientRect().top,
      };
    }),
  );
  expect(new Set(facts.map(({ left }) => left)).size).toBe(1);
  expect(facts.every(({ beside }) => beside)).toBe(true);
});

describe('a call that one makes', () => {
  test.each([
    ['declined', 'Anna declined the call.'],
    ['busy', 'Anna is in another call.'],
    ['no-answer', 'Anna did not answer.'],
    ['unreachable', 'Anna could not be reached. They will see that you called.'],
  ] as const)('and that ends as %s says why', async (reason, words) => {
    const { page, window, call } = await friends();
    await window.friend('Anna').hover();
    await page.getByRole('button', { name: 'Call Anna' }).click();
    await see(call.root).toBeVisible();
    await tell(page, { state: 'ended', reason });
    await see(page.locator('.toast')).toContainText(words);
    await see(call.root).toHaveCount(0);
  });

  test('can be taken back, by keys alone', async () => {
    const { page, window, call } = await friends();
    await window.friend('Anna').focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await see(call.root).toBeVisible();
    await call.hangUp.focus();
    await see(call.hangUp).toHaveText('Cancel');
    await page.keyboard.press('Enter');
    await see(call.root).toHaveCount(0);
    await see(page.locator('.toast')).toHaveCount(0);
  });
});

test('calls are taken, muted and ended by keys', async () => {
  const { page, call } = await friends();
  await ring(page, 0);
  await see(call.incoming).toBeVisible();
  await page.keyboard.press('Alt+a');
  await see(call.root).toHaveAttribute('data-state', 'active');
  await page.keyboard.press('Alt+m');
  await see(call.mute).toHaveAttribute('aria-pressed', 'true');
  await ring(page, 1);
  await see(call.incoming).toBeVisible();
  await page.keyboard.press('Alt+h');
  await see(call.incoming).toHaveCount(0);
  await see(call.root).toBeVisible();
  await page.keyboard.press('Alt+h');
  await see(call.root).toHaveCount(0);
});

test('calls stay in the chat, in words, and can be called again', async () => {
  const { page, window, call } = await friends();
  const chat = await window.openChat('Anna');
  const entries = page.getByTestId('call-entry');
  for (const words of ['Call, 12 min 34 s', 'Missed call', 'You declined a call', 'Call declined', 'Call, no answer']) {
    await see(entries.filter({ hasText: words }).first()).toBeVisible();
  }
  await see(window.friend('Anna')).toContainText('Call failed');
  await expectAccessible(page, 'calls in a chat');
  await chat.messages.last().hover();
  await chat.messages.last().getByRole('button', { name: 'Call', exact: true }).click();
  await see(call.root).toContainText('Anna');
});

test('microphone, loudspeaker, key to talk and the size of packets are chosen in the settings', async () => {
  const { page, window } = await friends();
  await window.openSettings();
  const settings = page.getByTestId('call-settings');
  await see(settings.getByLabel('Microphone').locator('option')).toHaveCount(3);
  await settings.getByRole('button', { name: 'Test the microphone' }).click();
  await see(settings.getByTestId('level')).toBeVisible();
  await settings.getByLabel('Microphone').selectOption({ label: 'Fake Audio Input 2' });
  await settings.getByRole('switch', { name: 'Push to talk' }).click();
  await settings.getByRole('button', { name: 'Choose another key' }).click();
  await page.keyboard.press('F7');
  await see(settings.getByTestId('talk-key')).toContainText('F7');
  await expectAccessible(page, 'settings of calls');
  await settings.getByRole('button', { name: /^Record/ }).click();
  await settings.getByRole('button', { name: 'Stop and listen' }).click();
  await see(settings.getByRole('button', { name: /^Record/ })).toBeVisible();
  const padding = settings.getByRole('switch', { name: 'Hide the rhythm of speech' });
  await see(padding).toBeChecked();
  await padding.click();
  await see(padding).not.toBeChecked();
  await settings.getByRole('button', { name: 'End the test' }).click();
  await see(settings.getByTestId('level')).toHaveCount(0);
  const kept = await page.evaluate(() => JSON.parse(localStorage.getItem('parley.sound') ?? '{}'));
  expect(kept).toMatchObject({ pushToTalk: true, talkKey: 'F7' });
  expect(kept.input).not.toBe('');
});

test('a press that was meant for what stood there before neither takes a call nor declines it', async () => {
  const { page, call } = await friends();
  await page.evaluate(() => {
    const seen: boolean[] = [];
    Object.assign(globalThis, { seen });
    const look = () => {
      const buttons = [...document.querySelectorAll('[data-testid=incoming-call] button')];
      for (const button of buttons) {
        const { x, y, width, height } = button.getBoundingClientRect();
        seen.push(button.contains(document.elementFromPoint(x + width / 2, y + height / 2)));
      }
      if (!seen.includes(true)) requestAnimationFrame(look);
    };
    look();
  });
  await ring(page, 0);
  await page.waitForFunction(() => (globalThis as unknown as { seen: boolean[] }).seen.includes(true));
  expect(await page.evaluate(() => (globalThis as unknown as { seen: boolean[] }).seen[0])).toBe(false);
  await call.decline();
  await see(call.incoming).toHaveCount(0);
});
