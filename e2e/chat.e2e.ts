import type { Locator } from 'playwright';
import { encode } from 'uqr';
import { describe, expect, test } from 'vitest';
import { MAX_TEXT_BYTES } from '../core/api/views.ts';
import { ChatScreen } from './screens/chat.ts';
import { FirstRun } from './screens/first-run.ts';
import { MainWindow } from './screens/main-window.ts';
import { HOSTILE_TEXTS } from './support/hostile-texts.ts';
import { statesOf } from './support/message-states.ts';
import { befriend, type Person, people } from './support/people.ts';
import { newScene, type Scene } from './support/scene.ts';
import { see } from './support/see.ts';
import { until } from './support/until.ts';

const PASSPHRASE = 'lantern gravel otter seventeen';

interface TwoWindows {
  readonly scene: Scene;
  readonly ada: Person;
  readonly ben: Person;
  readonly adaWindow: MainWindow;
  readonly benWindow: MainWindow;
}

/** Two friends, each with a window. */
async function twoWindows(): Promise<TwoWindows> {
  const scene = newScene();
  const { ada, ben } = await people(scene, 'ada', 'ben');
  await befriend(ada, ben);
  const [one, two] = await Promise.all([
    scene.page({ name: 'ada', url: ada.node.ready.ui }),
    scene.page({ name: 'ben', url: ben.node.ready.ui }),
  ]);
  return { scene, ada, ben, adaWindow: new MainWindow(one.page), benWindow: new MainWindow(two.page) };
}

async function bothChats({ adaWindow, benWindow }: TwoWindows): Promise<[ChatScreen, ChatScreen]> {
  return Promise.all([adaWindow.openChat('ben'), benWindow.openChat('ada')]);
}

describe('two people who have never met', () => {
  test('make profiles, find each other by public ID and chat', async () => {
    const scene = newScene();
    const door = await scene.node({ name: 'bootstrap' });
    const bootstrap = [door.ready.bootstrap];
    const adaNode = await scene.node({ name: 'ada', bootstrap });
    const benNode = await scene.node({ name: 'ben', bootstrap });
    expect(adaNode.ready.publicId).toBeNull();
    const { page: adaPage, context } = await scene.page({ name: 'ada', url: adaNode.ready.ui });
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);

    // Ada: a passphrase, 24 words, one of them wrong at first.
    const adaStart = new FirstRun(adaPage);
    const words = await adaStart.create({ name: 'Ada', passphrase: PASSPHRASE });
    expect(words).toHaveLength(24);
    const asked = await adaStart.toCheck();
    expect(new Set(asked).size).toBe(3);
    const [first, ...others] = asked;
    await adaStart.word(first!).fill('zebra zebra');
    for (const position of others) await adaStart.word(position).fill(words[position - 1]!);
    await adaStart.confirm.click();
    await see(adaPage.getByRole('alert')).toHaveText(`Word ${first} is not right. Look at your list again.`);
    await adaStart.word(first!).fill(words[first! - 1]!);
    await adaStart.confirm.click();
    const adaWindow = new MainWindow(adaPage);
    await see(adaPage.getByText('No friends yet')).toBeVisible();
    await see(adaPage.locator('.sidebar-remark')).toHaveCount(0);
    const profile = await adaNode.client.call('profile.get');
    expect(profile).toMatchObject({ state: 'open', name: 'Ada', protection: 'passphrase', wordsConfirmed: true });

    // Ada's ID in its three forms.
    const ownId = await adaWindow.openOwnId();
    const publicId = (await ownId.getByTestId('own-public-id').textContent())!;
    const link = (await ownId.getByTestId('own-link').textContent())!;
    expect(publicId).toMatch(/^parley1[a-z0-9]+$/);
    expect(link).toBe(`parley:${publicId}`);
    await see(ownId.getByRole('img', { name: 'QR code of your public ID' }).locator('path')).toHaveAttribute(
      'd',
      qrPath(link),
    );
    await ownId.getByRole('button', { name: 'Copy public ID' }).click();
    await see(ownId.getByRole('button', { name: 'Copied' })).toBeVisible();
    expect(await adaPage.evaluate(() => navigator.clipboard.readText())).toBe(publicId);
    await ownId.getByRole('button', { name: 'Copy link' }).click();
    await until('the link is on the clipboard', async () => {
      return (await adaPage.evaluate(() => navigator.clipboard.readText())) === link;
    });
    await adaWindow.closeDialog();

    // Ben: no passphrase, words later; he asks.
    const { page: benPage } = await scene.page({ name: 'ben', url: benNode.ready.ui });
    const benStart = new FirstRun(benPage);
    await benStart.create({ name: 'Ben' });
    await benStart.later();
    const benWindow = new MainWindow(benPage);
    await see(benPage.locator('.sidebar-remark')).toContainText('Keep your recovery words safe.');
    const asking = await benWindow.openAddFriend();
    await asking.ask({ publicId, alias: 'Ada Lamp', greeting: 'It is Ben, from the lighthouse' });
    await see(benWindow.friend('Ada Lamp')).toContainText('Waiting for their answer');

    // Ada sees the greeting and accepts.
    await see(adaWindow.requestsRow).toContainText('1');
    await adaWindow.openRequests();
    await see(adaWindow.request).toContainText('It is Ben, from the lighthouse');
    await see(adaWindow.request.getByLabel('Your name for them')).toHaveValue('Ben');
    await adaWindow.request.getByLabel('Your name for them').fill('Ben Keeper');
    await adaWindow.request.getByRole('button', { name: 'Accept' }).click();
    const benInAda = new ChatScreen(adaPage);
    await see(benInAda.heading).toHaveText('Ben Keeper');
    await see(benInAda.presence).toContainText('Online');
    const adaInBen = await benWindow.openChat('Ada Lamp');
    await see(adaInBen.presence).toContainText('Online');
    await see(adaInBen.presence).toContainText('calls themselves Ada');

    await adaInBen.send('Is the lamp lit?');
    await see(benInAda.message('Is the lamp lit?')).toBeVisible();
    await benInAda.send('Since dusk.');
    await see(adaInBen.message('Since dusk.')).toBeVisible();
    await adaInBen.seeState('Is the lamp lit?', 'read');
    const fingerprint = await (await adaWindow.openOwnId()).getByTestId('own-fingerprint').textContent();
    await adaWindow.closeDialog();
    await adaInBen.choose('Details');
    await see(benWindow.dialog.getByTestId('friend-fingerprint')).toHaveText(fingerprint!);
    await benWindow.closeDialog();
    await benInAda.seeState('Since dusk.', 'read');
    for (const { problems } of scene.pages) expect(problems()).toEqual([]);
  });
});

describe('in a chat', () => {
  test('a message goes from sending over delivered to read, and never back', async () => {
    const windows = await twoWindows();
    const chat = await windows.adaWindow.openChat('ben');
    await chat.send('Look when you like');
    await chat.seeState('Look when you like', 'delivered');
    await windows.benWindow.openChat('ada');
    await chat.seeState('Look when you like', 'read');
    const [message] = await windows.ada.node.client.call('messages.list', { friend: windows.ben.key });
    const states = statesOf(windows.ada.node, message!.id);
    // Where Ada's disk takes longer than the way there and back, nobody is told that it was sending.
    expect(states.filter((state) => state !== 'sending')).toEqual(['delivered', 'read']);
    expect(states.lastIndexOf('sending')).toBeLessThan(1);
  });

  test('typing is seen on the other side and ends with the message', async () => {
    const [adas, bens] = await bothChats(await twoWindows());
    await adas.composer.pressSequentially('Wait');
    await see(bens.typing).toHaveText('ada is typing…');
    await see(bens.presence).toContainText('typing…');
    await adas.composer.press('Enter');
    await see(bens.message('Wait')).toBeVisible();
    await see(bens.typing).toHaveText('');
  });

  test('several lines and emoji arrive as they were written', async () => {
    const [adas, bens] = await bothChats(await twoWindows());
    await adas.composer.pressSequentially('first line');
    await adas.composer.press('Shift+Enter');
    await adas.composer.pressSequentially('  second, indented');
    await adas.composer.press('Enter');
    await see(bens.texts.last()).toContainText('second');
    expect(await bens.texts.last().textContent()).toBe('first line\n  second, indented');
    const lines = await bens.texts
      .last()
      .locator('span')
      .evaluate((span) => new Set([...span.getClientRects()].map(({ top }) => top)).size);
    expect(lines).toBe(2);

    await adas.page.getByRole('button', { name: 'Emoji' }).click();
    await adas.page.getByLabel('Search emoji').fill('heart');
    await adas.page.getByLabel('Search emoji').press('Enter');
    const heart = await adas.composer.inputValue();
    expect(heart).toMatch(/\p{Extended_Pictographic}/u);
    await adas.composer.press('Enter');
    await see(bens.message(heart)).toBeVisible();
    await see(bens.texts.last()).toHaveClass(/large-emoji/);
    // What was chosen stands first the next time.
    await adas.page.reload();
    await new MainWindow(adas.page).openChat('ben');
    await adas.page.getByRole('button', { name: 'Emoji' }).click();
    const recent = adas.page.getByRole('region', { name: 'Recent' }).getByRole('button');
    await see(recent).toHaveText([heart]);
    await recent.click();
    await see(adas.composer).toHaveValue(heart);
    await adas.composer.fill('');
    const family = '👩‍👩‍👧‍👦 🏳️‍🌈 naïve ﷽ שלום';
    await adas.send(family);
    await see(bens.message(family)).toBeVisible();
  });

  test('a link opens after its host was shown; javascript: is no link', async () => {
    const windows = await twoWindows();
    const [adas, bens] = await bothChats(windows);
    const context = bens.page.context();
    await context.route('https://docs.example.org/**', (route) => route.fulfill({ body: 'reached' }));
    await adas.send('read https://docs.example.org/guide?a=1, then javascript:alert(1) or data:text/html,x');
    const anchors = bens.texts.last().locator('a');
    await see(anchors).toHaveCount(1);
    await anchors.click();
    const dialog = windows.benWindow.dialog;
    await see(dialog.getByTestId('link-host')).toHaveText('docs.example.org');
    await see(dialog).toContainText('https://docs.example.org/guide?a=1');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    expect(context.pages()).toHaveLength(1);
    await anchors.click();
    const opened = context.waitForEvent('page');
    await dialog.getByRole('button', { name: 'Open', exact: true }).click();
    const other = await opened;
    await other.waitForLoadState();
    expect(other.url()).toBe('https://docs.example.org/guide?a=1');
    expect(await other.evaluate(() => window.opener)).toBeNull();
    expect(await other.evaluate(() => document.referrer)).toBe('');
  });

  test('a draft is kept when the chat is left and when the page is loaded anew', async () => {
    const { adaWindow } = await twoWindows();
    const chat = await adaWindow.openChat('ben');
    await chat.composer.fill('half a thou');
    await adaWindow.home();
    await see(adaWindow.friend('ben')).toContainText('Draft: half a thou');
    await adaWindow.openChat('ben');
    await see(chat.composer).toHaveValue('half a thou');
    await chat.composer.pressSequentially('ght');
    await adaWindow.home();
    await see(adaWindow.friend('ben')).toContainText('Draft: half a thought');
    await adaWindow.page.reload();
    await adaWindow.openChat('ben');
    await see(chat.composer).toHaveValue('half a thought');
    await chat.composer.fill('closed in mid-sen');
    await adaWindow.page.reload();
    await adaWindow.openChat('ben');
    await see(chat.composer).toHaveValue('closed in mid-sen');
    const tooLong = 'word '.repeat(10_000);
    await chat.composer.fill(tooLong);
    await see(chat.roomLeft).toHaveText('33,616 characters too long to be sent');
    await adaWindow.page.reload();
    await adaWindow.openChat('ben');
    await see(chat.composer).toHaveValue(tooLong);
  });

  test('a draft is one in all windows of a profile, gone from all when sent, and left alone by a script', async () => {
    const { scene, ada, ben, adaWindow } = await twoWindows();
    const other = new MainWindow((await scene.page({ name: 'ada-2', url: ada.node.ready.ui })).page);
    const [chat, otherChat] = [await adaWindow.openChat('ben'), await other.openChat('ben')];
    const { client } = ada.node;
    await chat.composer.pressSequentially('half a ');
    await see(otherChat.composer).toHaveValue('half a ');
    await client.call('messages.send', { friend: ben.key, text: 'by a script' });
    await see(otherChat.message('by a script')).toBeVisible();
    await otherChat.composer.pressSequentially('thought');
    await see(chat.composer).toHaveValue('half a thought');
    await otherChat.composer.press('Enter');
    await see(chat.message('half a thought')).toBeVisible();
    await see(chat.composer).toHaveValue('');
    // Whoever brings it back does so in these calls.
    await adaWindow.home();
    await other.home();
    await chat.page.reload();
    await see(adaWindow.friend('ben')).toContainText('half a thought');
    await see(adaWindow.friend('ben')).not.toContainText('Draft:');
    expect((await client.call('friends.list')).map(({ draft }) => draft)).toEqual(['']);
  });

  test('unread messages are counted in the list and in the title until they are seen', async () => {
    const { ada, ben, adaWindow } = await twoWindows();
    await see(adaWindow.friend('ben')).toBeVisible();
    for (const text of ['one', 'two', 'three']) await ben.node.client.call('messages.send', { friend: ada.key, text });
    await see(adaWindow.badge('ben')).toContainText('3 unread messages');
    await see(adaWindow.page).toHaveTitle('(3) Parley');
    const { client } = ada.node;
    await client.call('profile.setPassphrase', { next: 'p' });
    await client.call('profile.lock');
    await see(adaWindow.page.getByLabel('Passphrase')).toBeVisible();
    await see(adaWindow.page).toHaveTitle('Parley');
    await client.call('profile.unlock', { passphrase: 'p' });
    await see(adaWindow.page).toHaveTitle('(3) Parley');
    const chat = await adaWindow.openChat('ben');
    await see(chat.root.getByText('New messages')).toBeVisible();
    await see(adaWindow.badge('ben')).toHaveCount(0);
    await see(adaWindow.page).toHaveTitle('Parley');
  });

  test('search finds an old message and jumps to it', async () => {
    const { ada, ben, adaWindow } = await twoWindows();
    const send = (text: string) => ben.node.client.call('messages.send', { friend: ada.key, text });
    await send('The spare xylophone key hangs behind the clock');
    await send(`A long list\n${'of things\n'.repeat(200)}and a kazoo`);
    await Promise.all(Array.from({ length: 400 }, (_, i) => send(`filler number ${i}`)));
    const chat = await adaWindow.openChat('ben');
    await chat.root.getByRole('button', { name: /^Jump to newest/ }).click();
    await see(chat.message('filler number 399')).toBeInViewport();
    await adaWindow.searchBox.fill('xyloph');
    await see(adaWindow.hits).toHaveCount(1);
    await see(adaWindow.hits.locator('mark')).toHaveText('xylophone');
    await adaWindow.hits.click();
    const found = chat.message('The spare xylophone key hangs behind the clock');
    await see(found).toBeInViewport();
    await see(found).toHaveClass(/highlighted/);
    await see(chat.message('filler number 399')).toHaveCount(0);
    await chat.root.getByRole('button', { name: /^Jump to newest/ }).click();
    await see(chat.message('filler number 399')).toBeInViewport();
    await adaWindow.searchBox.fill('kazoo');
    await see(adaWindow.hits.locator('mark')).toHaveText('kazoo');
    await adaWindow.hits.click();
    const long = chat.messages.filter({ hasText: 'A long list' });
    await see(long).toHaveClass(/highlighted/);
    await see(long.getByTestId('message-text')).toContainText('and a kazoo');
    await see(long.getByRole('button', { name: 'Show less' })).toBeVisible();
    await adaWindow.searchBox.fill('no such word anywhere');
    await see(adaWindow.page.getByText('Nothing found')).toBeVisible();
  });

  test('a friend is renamed everywhere', async () => {
    const { adaWindow } = await twoWindows();
    const chat = await adaWindow.openChat('ben');
    await chat.choose('Rename');
    await adaWindow.dialog.getByLabel('Your name for them').fill('Benedict of the North');
    await adaWindow.dialog.getByRole('button', { name: 'Save' }).click();
    await see(chat.heading).toHaveText('Benedict of the North');
    await see(adaWindow.friend('Benedict of the North')).toBeVisible();
    await see(adaWindow.friend('ben')).toHaveCount(0);
  });

  test('nothing is sent of which nothing could be seen', async () => {
    const windows = await twoWindows();
    const [adas] = await bothChats(windows);
    await adas.composer.fill('\u200b\u2060 \ufeff');
    await see(adas.sendButton).toBeDisabled();
    await adas.composer.press('Enter');
    await adas.composer.fill('\u200b.');
    await adas.composer.press('Enter');
    await see(adas.texts).toHaveText(['\u200b.']);
  });

  test('16 KiB are sent, one byte more is refused in plain words', async () => {
    const windows = await twoWindows();
    const [adas, bens] = await bothChats(windows);
    const longest = 'é'.repeat(MAX_TEXT_BYTES / 2);
    await adas.composer.fill(`${longest}.`);
    await see(adas.roomLeft).toHaveText('1 character too long to be sent');
    await see(adas.composer).toHaveAttribute('aria-invalid', 'true');
    await see(adas.sendButton).toBeDisabled();
    await adas.composer.press('Enter');
    await see(adas.messages).toHaveCount(0);
    await pasteTooMuch(adas);
    await adas.composer.fill(longest);
    await see(adas.composer).toHaveAttribute('dir', 'auto');
    await see(adas.roomLeft).toHaveText('0 characters left');
    await adas.composer.press('Enter');
    await see(bens.texts.last()).toHaveText(longest.slice(0, 3_000));
    await unfoldAndFold(bens, longest);
    const refused = windows.ada.node.client.call('messages.send', { friend: windows.ben.key, text: `${longest}.` });
    await expect(refused).rejects.toMatchObject({ code: 'too-large', message: 'A message may have at most 16 KiB.' });
  });
});

describe('what a stranger writes', () => {
  test('is shown as text wherever it appears, and nothing in it runs', async () => {
    const scene = newScene();
    const { ada, ben } = await people(scene, 'ada', 'ben');
    const { page, problems, requests } = await scene.page({ name: 'ada', url: ada.node.ready.ui });
    const opened: string[] = [];
    page.on('dialog', (dialog) => {
      opened.push(dialog.message());
      void dialog.dismiss();
    });
    const [first] = HOSTILE_TEXTS;
    await ben.node.client.call('profile.setName', { name: first! });
    await ben.node.client.call('friends.add', {
      publicId: ada.publicId,
      alias: 'ada',
      greeting: HOSTILE_TEXTS.join('\n').slice(0, 500),
    });
    const window = new MainWindow(page);
    await window.openRequests();
    await see(window.request.getByRole('heading', { level: 2 })).toHaveText(first!);
    await see(window.request).toContainText(HOSTILE_TEXTS[1]!);
    await window.request.getByRole('button', { name: 'Accept' }).click();
    const chat = await window.openChat(first!);
    for (const text of HOSTILE_TEXTS) await ben.node.client.call('messages.send', { friend: ada.key, text });
    await see(chat.messages).toHaveCount(HOSTILE_TEXTS.length);
    expect(await chat.texts.allTextContents()).toEqual(HOSTILE_TEXTS);
    await window.searchBox.fill('alert');
    await see(window.hits.first()).toBeVisible();
    await see(
      page.locator('img, iframe, object, embed, form[action], meta[http-equiv], [onerror], [onload]'),
    ).toHaveCount(0);
    await see(page.locator('script')).toHaveCount(1);
    expect(await page.evaluate(() => Object.hasOwn(window, 'pwned'))).toBe(false);
    expect(opened).toEqual([]);
    expect(problems()).toEqual([]);
    const own = new URL(ada.node.ready.ui).host;
    expect(requests.map((url) => new URL(url).host).filter((host) => host !== own)).toEqual([]);
  });
});

/** The direction of a huge text is not looked for, already while it is put in: that takes the browser many seconds. */
async function pasteTooMuch({ page, composer, roomLeft }: ChatScreen): Promise<void> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate(() => navigator.clipboard.writeText('word after word '.repeat(2_000)));
  await composer.fill('');
  await see(composer).toHaveAttribute('dir', 'auto');
  await composer.evaluate((field) =>
    field.addEventListener('beforeinput', () => (field.dataset.direction = field.getAttribute('dir') ?? ''), {
      once: true,
    }),
  );
  await composer.press('ControlOrMeta+v');
  await see(roomLeft).toContainText('15,616 characters too long');
  await see(composer).toHaveAttribute('data-direction', '');
  await see(composer).not.toHaveAttribute('dir');
}

/** The last message of the chat is long: by keyboard and by mouse, and what is read keeps its place. */
async function unfoldAndFold({ page, messages, texts }: ChatScreen, whole: string): Promise<void> {
  const [message, text] = [messages.last(), texts.last()];
  const top = async (part: Locator) => Math.round((await part.boundingBox())!.y);
  const more = message.getByRole('button', { name: 'Show more' });
  const less = message.getByRole('button', { name: 'Show less' });
  await message.focus();
  await page.keyboard.press('Tab');
  await see(more).toBeFocused();
  const textTop = await top(text);
  await page.keyboard.press('Enter');
  await see(text).toHaveText(whole);
  await see(less).toBeFocused();
  await see.poll(() => top(text)).toBe(textTop);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await less.scrollIntoViewIfNeeded();
  const buttonTop = await top(less);
  await less.click();
  await see(text).toHaveText(whole.slice(0, 3_000));
  await see.poll(() => top(more)).toBe(buttonTop);
  await message.getByRole('button', { name: 'Copy message' }).click();
  await until('all of it is on the clipboard', async () => {
    return (await page.evaluate(() => navigator.clipboard.readText())) === whole;
  });
}

/** The drawing of a QR code of this text, as `renderer/components/QrCode.tsx` has to make it. */
function qrPath(text: string): string {
  const { data } = encode(text, { ecc: 'M', border: 4 });
  return data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join('');
}
