import type { Locator, Page } from 'playwright';
import type { MessageState } from '../../core/api/views.ts';
import { see } from '../support/see.ts';
import { until } from '../support/until.ts';

/** A list whose rows were measured anew stands so much beside its place at most: nobody sees that. */
const UNSEEN_PX = 8;

/** The message nearest to the middle of the view, and how far below the window's upper edge it begins. */
interface Middle {
  readonly id: string;
  readonly top: number;
}

/** An open chat. */
export class ChatScreen {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  get root(): Locator {
    return this.page.getByTestId('chat');
  }

  get heading(): Locator {
    return this.root.getByRole('heading', { level: 1 });
  }

  get presence(): Locator {
    return this.root.getByTestId('presence');
  }

  get typing(): Locator {
    return this.root.getByTestId('typing');
  }

  get composer(): Locator {
    return this.root.getByTestId('composer');
  }

  get roomLeft(): Locator {
    return this.root.locator('.room-left');
  }

  get sendButton(): Locator {
    return this.root.getByRole('button', { name: 'Send', exact: true });
  }

  get messages(): Locator {
    return this.root.getByTestId('message');
  }

  /** Every shown message's text, oldest first. */
  get texts(): Locator {
    return this.root.getByTestId('message-text');
  }

  message(text: string): Locator {
    return this.messages.filter({ has: this.page.getByTestId('message-text').getByText(text, { exact: true }) });
  }

  /** Resolves when the list has found its place; before that it would take a scroll back. */
  async isPlaced(): Promise<void> {
    await see(this.messages.last()).toBeVisible();
    await see(this.root.locator('.message-list')).not.toHaveAttribute('style', /visibility: hidden/);
  }

  /** The messages, which are scrolled. */
  get history(): Locator {
    return this.root.getByTestId('history');
  }

  /** Resolves when the list stands still, with its middle. */
  async atRest(): Promise<Middle> {
    let last = await this.#middle();
    await until('the list stands still', async () => {
      const before = last;
      last = await this.#middle();
      return last.id === before.id && last.top === before.top;
    });
    return last;
  }

  async standsAt(left: Middle): Promise<void> {
    await until('the same message stands in the same place', async () => {
      const { id, top } = await this.#middle();
      return id === left.id && Math.abs(top - left.top) < UNSEEN_PX;
    });
  }

  /** Two frames later than now. */
  #middle(): Promise<Middle> {
    return this.history.evaluate(async (list) => {
      await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
      const { top, height } = list.getBoundingClientRect();
      for (const message of list.querySelectorAll<HTMLElement>('[data-message]')) {
        const at = message.getBoundingClientRect();
        if (at.bottom > top + height / 2) return { id: message.dataset.message ?? '', top: at.top };
      }
      throw new Error('nothing is shown there');
    });
  }

  async send(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press('Enter');
    await see(this.message(text)).toBeVisible();
  }

  async seeState(text: string, state: MessageState): Promise<void> {
    await see(this.message(text).locator('.delivery')).toHaveAttribute('data-state', state);
  }

  async choose(command: string): Promise<void> {
    await this.root.getByRole('button', { name: 'Chat options' }).click();
    await this.page.getByRole('menuitem', { name: command }).click();
  }
}

/** The search in an open chat. */
export class ChatSearch {
  readonly root: Locator;

  constructor(page: Page) {
    this.root = page.locator('.chat-search');
  }

  get field(): Locator {
    return this.root.getByRole('textbox', { name: /^Search in the chat with / });
  }

  /** Which of how many is shown; what only screen readers are told follows. */
  get found(): Locator {
    return this.root.getByRole('status');
  }

  get older(): Locator {
    return this.root.getByRole('button', { name: 'Older match' });
  }

  get newer(): Locator {
    return this.root.getByRole('button', { name: 'Newer match' });
  }

  get close(): Locator {
    return this.root.getByRole('button', { name: 'Close search' });
  }
}
