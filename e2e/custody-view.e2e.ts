import type { Locator, Page } from 'playwright';
import { describe, test } from 'vitest';
import type { ChatScreen } from './screens/chat.ts';
import { MainWindow } from './screens/main-window.ts';
import { addAxe, expectAccessible } from './support/axe.ts';
import { fakePageUrl, withFake } from './support/fake-page.ts';
import { newScene } from './support/scene.ts';
import { see } from './support/see.ts';

const MIB = 1024 * 1024;

/** The UI on a fake core, with one friend who is away. */
async function awayFriend(width = 1100): Promise<{ page: Page; window: MainWindow; chat: ChatScreen }> {
  const { page } = await newScene().page({ name: 'ada', viewport: { width, height: 760 } });
  await addAxe(page);
  await page.goto(await fakePageUrl('away'));
  const window = new MainWindow(page);
  return { page, window, chat: await window.openChat('Anna') };
}

const sign = (chat: ChatScreen, text: string): Locator => chat.message(text).getByRole('button', { expanded: false });
const details = (page: Page): Locator => page.getByRole('dialog');

/** The state of the last message to the friend, as the core would tell it. */
function tell(page: Page, state: 'sending' | 'stored' | 'delivered' | 'read' | 'expired', holders: number) {
  return withFake(
    page,
    ({ fake: { core }, argument }) => {
      const [friend] = core.friends.keys();
      const custody =
        argument.holders === 0 ? null : { holders: argument.holders, until: Date.now() + 14 * 86_400_000 };
      core.deliver(core.history.last(friend!)!.id, argument.state, custody);
    },
    { state, holders },
  );
}

describe('a message to somebody who is away', () => {
  test('tells its story from the first computer that keeps it until it is read', async () => {
    const { page, window, chat } = await awayFriend();
    await see(chat.presence).toContainText('messages are kept for them');
    await chat.send('See you on Monday');
    await chat.message('See you on Monday').getByRole('button', { name: 'Sending' }).click();
    const shown = details(page);
    await see(shown).toContainText('Waiting for the network');
    await expectAccessible(page, 'waiting for the network', ['wide']);
    await tell(page, 'sending', 1);
    await see(shown).toContainText('So far kept by 1 computer until');
    await tell(page, 'stored', 2);
    await see(shown).toContainText('Kept by 2 computers until');
    await see(shown).toContainText('It will be delivered when Anna comes online.');
    await see(shown).toContainText('cannot read it');
    await shown.getByText('What the signs mean').click();
    await see(shown.locator('[aria-current]')).toContainText('Kept in the network');
    await expectAccessible(page, 'kept in the network, with the legend', ['wide']);
    await tell(page, 'delivered', 0);
    await see(shown).toContainText('It is on Anna’s device.');
    await tell(page, 'read', 0);
    await see(shown).toContainText('Anna has read it.');
    await see(window.friend('Anna').locator('.delivery')).toHaveAttribute('data-state', 'read');
    await page.keyboard.press('Escape');
    await see(shown).toHaveCount(0);
    await expectAccessible(page, 'chat with a read message');
  });

  test('that was not delivered in time is sent again from where it stands', async () => {
    const { page, chat } = await awayFriend();
    for (const place of ['row', 'details'] as const) {
      await chat.send(`Again by the ${place}`);
      await tell(page, 'expired', 0);
      const row = chat.message(`Again by the ${place}`);
      await see(row).toContainText('Not delivered within 14 days');
      await expectAccessible(page, 'an expired message');
      if (place === 'details') {
        await row.getByRole('button', { name: 'Not delivered within 14 days' }).click();
        await expectAccessible(page, 'details of an expired message', ['wide']);
      }
      const from = place === 'row' ? row : details(page);
      await from.getByRole('button', { name: 'Send again' }).click();
      await chat.seeState(`Again by the ${place}`, 'sending');
      await see(details(page)).toHaveCount(0);
    }
    await see(chat.messages).toHaveCount(3);
  });

  test('is asked about with the keyboard alone', async () => {
    const { page, chat } = await awayFriend();
    await chat.send('Typed');
    await tell(page, 'stored', 2);
    const button = sign(chat, 'Typed');
    await button.focus();
    await page.keyboard.press('Enter');
    await see(details(page)).toBeFocused();
    await page.keyboard.press('Tab');
    await see(details(page).getByText('What the signs mean')).toBeFocused();
    await page.keyboard.press('Space');
    await see(details(page).locator('dl')).toBeVisible();
    await page.keyboard.press('Escape');
    await see(details(page)).toHaveCount(0);
    await see(button).toBeFocused();
    await see(chat.root).toBeVisible();
    await page.keyboard.press('Enter');
    await see(details(page)).toBeFocused();
    await page.keyboard.press('Shift+Tab');
    await see(details(page)).toHaveCount(0);
  });

  test('tells it in a narrow window too', async () => {
    const { page, chat } = await awayFriend(400);
    await chat.send('From a small screen');
    await tell(page, 'stored', 2);
    await sign(chat, 'From a small screen').click();
    await details(page).getByText('What the signs mean').click();
    await see(details(page)).toBeInViewport({ ratio: 1 });
    await expectAccessible(page, 'details in a narrow window', ['narrow']);
  });

  test('keeps its details beside it while the list moves, and drops them when it is out of sight', async () => {
    const { page, chat } = await awayFriend();
    await chat.send('Look at me');
    await sign(chat, 'Look at me').click();
    await see(details(page)).toBeVisible();
    await withFake(
      page,
      ({ fake: { core }, argument: count }) => {
        const [friend] = core.friends.keys();
        for (let i = 0; i < count; i++) core.receive(friend!, `more ${i}`);
      },
      40,
    );
    await see(chat.message('more 39')).toBeInViewport();
    await see(details(page)).toHaveCount(0);
  });
});

describe('a friend request', () => {
  test('to somebody who is away says that the network keeps it', async () => {
    const { page, window } = await awayFriend();
    await see(window.friend('Boris')).toContainText('Waiting for their answer');
    const chat = await window.openChat('Boris');
    await see(chat.presence).toHaveText('Has not answered your request yet');
    await expectAccessible(page, 'request that waits');
    await withFake(
      page,
      ({ fake: { core }, argument: holders }) => {
        const boris = [...core.friends.values()].find(({ alias }) => alias === 'Boris');
        core.change(boris!.key, { request: { holders, until: Date.now() + 86_400_000 } });
      },
      2,
    );
    await see(chat.presence).toContainText('Request kept by 2 computers until');
    await see(chat.root).toContainText('2 computers in the network keep the request for Boris');
    await see(window.friend('Boris')).toContainText('Request kept in the network');
    await expectAccessible(page, 'request kept in the network');
  });
});

describe('the network page', () => {
  test('shows what is kept for others and for me, and lets a person choose how much', async () => {
    const { page, window } = await awayFriend();
    const network = await window.openNetwork();
    const carried = network.getByTestId('carried');
    const meter = carried.getByRole('meter');
    await see(meter).toHaveAttribute('aria-valuetext', /of 256 MiB$/);
    await see(carried).toContainText('1,248 messages to 37 receivers');
    await see(carried).toContainText('neither read them');
    await see(network.getByTestId('held')).toContainText('2 messages were waiting');
    await see(network.getByTestId('role')).toContainText('Full node.');
    await expectAccessible(page, 'network page');

    await carried.getByText('64 MiB', { exact: true }).click();
    await see(meter).toHaveAttribute('aria-valuetext', /of 64 MiB$/);
    await window.pressInNotice('up to 64 MiB', 'Undo');
    await see(meter).toHaveAttribute('aria-valuetext', /of 256 MiB$/);
    await carried.getByText('Other', { exact: true }).click();
    const size = carried.getByLabel('Size in MiB');
    await size.fill('a lot');
    await size.press('Enter');
    await see(carried.getByRole('alert')).toHaveText('Write a whole number of MiB, 1 or more.');
    await expectAccessible(page, 'size that is none');
    await size.fill('300');
    await size.press('Enter');
    await see(meter).toHaveAttribute('aria-valuetext', /of 300 MiB$/);
    await carried.getByRole('switch').uncheck();
    await see(meter).toHaveCount(0);
    await expectAccessible(page, 'nothing kept for others');
    await see.poll(() => capacity(page)).toBe(0);
    await carried.getByRole('switch').check();
    await see(meter).toHaveAttribute('aria-valuetext', /of 300 MiB$/);
    await see.poll(() => capacity(page)).toBe(300 * MIB);
  });

  test('says of a leaf why it is one', async () => {
    const { page, window } = await awayFriend();
    const reason = 'Other nodes cannot reach this computer unasked.';
    await withFake(
      page,
      ({ fake, argument }) => void Object.assign(fake.core.network, { leaf: true, leafReason: argument }),
      reason,
    );
    const network = await window.openNetwork();
    await see(network.getByTestId('role')).toHaveText(`Leaf. ${reason}`);
    await see(network.getByTestId('carried')).toContainText('takes part as a leaf');
    await expectAccessible(page, 'network page of a leaf');
  });
});

function capacity(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { fake } = window as unknown as { fake: { core: { network: { carried: { capacity: number } } } } };
    return fake.core.network.carried.capacity;
  });
}
