import type { Locator, Page } from 'playwright';
import { see } from '../support/see.ts';

/** Frames of 20 ms since the begin of a call, as its details tell them. */
export interface Pieces {
  readonly played: number;
  readonly silent: number;
  readonly filled: number;
  readonly lost: number;
  readonly expected: number;
}

/** The bar of the present call, and those that ring. */
export class CallScreen {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  get root(): Locator {
    return this.page.getByTestId('call');
  }

  get incoming(): Locator {
    return this.page.getByTestId('incoming-call');
  }

  get timer(): Locator {
    return this.root.getByTestId('call-timer');
  }

  get remark(): Locator {
    return this.root.getByTestId('call-remark');
  }

  get mute(): Locator {
    return this.root.getByRole('button', { name: /^Mute/ });
  }

  get deafen(): Locator {
    return this.root.getByRole('button', { name: /^Deafen/ });
  }

  get talk(): Locator {
    return this.root.getByRole('button', { name: 'Talk' });
  }

  get hangUp(): Locator {
    return this.root.getByRole('button', { name: /^(Hang up|Cancel)$/ });
  }

  get quality(): Locator {
    return this.root.getByTestId('call-quality');
  }

  get details(): Locator {
    return this.page.getByTestId('call-details');
  }

  async isActive(): Promise<void> {
    await see(this.root).toHaveAttribute('data-state', 'active');
  }

  /** Until the timer shows so many seconds. The page says when: to ask it again and again would take time from the sound. */
  async lasts(seconds: number): Promise<void> {
    await this.timer.evaluate(
      (timer, seconds) =>
        new Promise<void>((resolve) => {
          const look = (): void => {
            const [minutes, rest] = (timer.textContent ?? '').split(':');
            if (Number(minutes) * 60 + Number(rest) < seconds) return;
            watching.disconnect();
            resolve();
          };
          const watching = new MutationObserver(look);
          watching.observe(timer, { characterData: true, childList: true, subtree: true });
          look();
        }),
      seconds,
    );
  }

  async accept(): Promise<void> {
    await this.incoming.getByRole('button', { name: /accept/i }).click();
  }

  async decline(): Promise<void> {
    await this.incoming.getByRole('button', { name: 'Decline' }).click();
  }

  /** Opens the details for it, and closes them. */
  async pieces(): Promise<Pieces> {
    await this.quality.click();
    const pieces = this.details.getByTestId('pieces');
    await see(pieces).toBeVisible();
    const counts = JSON.parse((await pieces.getAttribute('data-counts')) ?? '') as Pieces;
    await this.page.keyboard.press('Escape');
    await see(this.details).toHaveCount(0);
    return counts;
  }
}
