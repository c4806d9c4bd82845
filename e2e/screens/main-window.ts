import type { Locator, Page } from 'playwright';
import { see } from '../support/see.ts';
import { ChatScreen } from './chat.ts';

/** The window with the list on the left: ways to everything else. */
export class MainWindow {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** The row of a friend with this alias. */
  friend(alias: string): Locator {
    return this.page
      .getByTestId('friend')
      .filter({ has: this.page.locator(`.row-title:text-is(${JSON.stringify(alias)})`) });
  }

  /** All rows of the list. */
  get friends(): Locator {
    return this.page.getByTestId('friends').getByTestId('friend');
  }

  badge(alias: string): Locator {
    return this.friend(alias).locator('.badge');
  }

  async openChat(alias: string): Promise<ChatScreen> {
    await this.friend(alias).click();
    const chat = new ChatScreen(this.page);
    await see(chat.heading).toHaveText(alias);
    return chat;
  }

  /** Leaves what is shown on the right. */
  async home(): Promise<void> {
    await this.page.keyboard.press('Escape');
    await see(this.page.getByRole('heading', { name: 'Parley' })).toBeVisible();
  }

  get requestsRow(): Locator {
    return this.page.getByTestId('requests');
  }

  get request(): Locator {
    return this.page.getByTestId('request');
  }

  async openRequests(): Promise<void> {
    await this.requestsRow.click();
    await see(this.page.getByRole('heading', { name: 'Friend requests' })).toBeVisible();
  }

  get dialog(): Locator {
    return this.page.getByRole('dialog');
  }

  async openOwnId(): Promise<Locator> {
    await this.page.locator('.own-button').click();
    await see(this.dialog.getByRole('heading', { name: 'Your ID' })).toBeVisible();
    return this.dialog;
  }

  async openAddFriend(): Promise<AddFriend> {
    await this.page.getByRole('button', { name: 'Add friend' }).click();
    const dialog = new AddFriend(this.dialog);
    await see(dialog.id).toBeFocused();
    return dialog;
  }

  async closeDialog(): Promise<void> {
    await this.dialog.getByRole('button', { name: 'Close', exact: true }).click();
    await see(this.dialog).toHaveCount(0);
  }

  async openSettings(): Promise<Locator> {
    await this.page.getByRole('button', { name: 'Settings' }).click();
    await see(this.page.getByTestId('settings')).toBeVisible();
    return this.page.getByTestId('settings');
  }

  async openNetwork(): Promise<Locator> {
    await this.page.getByRole('button', { name: /^Network/ }).click();
    await see(this.page.getByTestId('network')).toBeVisible();
    return this.page.getByTestId('network');
  }

  /** Presses the button of the notice with this text, such as Undo. */
  async pressInNotice(text: string | RegExp, button: string): Promise<void> {
    const notice = this.page.locator('.toast').filter({ hasText: text });
    await notice.getByRole('button', { name: button }).click();
  }

  get searchBox(): Locator {
    return this.page.getByRole('textbox', { name: 'Search people and messages' });
  }

  /** Friends found by name. */
  get foundPeople(): Locator {
    return this.page.getByRole('region', { name: 'People' }).getByTestId('friend');
  }

  get hits(): Locator {
    return this.page.getByTestId('hit');
  }
}

/** The dialog that asks for a public ID. */
export class AddFriend {
  readonly dialog: Locator;

  constructor(dialog: Locator) {
    this.dialog = dialog;
  }

  get id(): Locator {
    return this.dialog.getByLabel('Public ID or link');
  }

  get check(): Locator {
    return this.dialog.getByTestId('id-check');
  }

  /** The characters marked as wrong. */
  get marked(): Locator {
    return this.check.locator('mark');
  }

  get send(): Locator {
    return this.dialog.getByRole('button', { name: 'Send request' });
  }

  async ask({ publicId, alias, greeting }: { publicId: string; alias: string; greeting: string }): Promise<void> {
    await this.id.fill(publicId);
    await this.dialog.getByLabel('Your name for them').fill(alias);
    await this.dialog.getByLabel('Greeting').fill(greeting);
    await this.send.click();
    await see(this.dialog).toHaveCount(0);
  }
}
