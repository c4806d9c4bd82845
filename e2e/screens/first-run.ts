import type { Locator, Page } from 'playwright';
import { see } from '../support/see.ts';

/** The steps before the main window. */
export class FirstRun {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  get welcome(): Locator {
    return this.page.getByRole('heading', { name: 'Welcome to Parley' });
  }

  /** From the welcome page to the recovery words. @returns the 24 words shown. */
  async create({ name, passphrase }: { name: string; passphrase?: string }): Promise<string[]> {
    await this.page.getByRole('button', { name: 'Create a profile' }).click();
    await this.page.getByLabel('Your name (optional)').fill(name);
    if (passphrase !== undefined) {
      await this.page.getByLabel('Passphrase (optional)').fill(passphrase);
      await this.page.getByLabel('Repeat passphrase').fill(passphrase);
    }
    await this.page.getByRole('button', { name: 'Create profile' }).click();
    await see(this.page.getByRole('heading', { name: 'Your 24 recovery words' })).toBeVisible();
    return this.page.locator('.words .word').allTextContents();
  }

  /** Presses on to the check of the words. @returns the positions asked for, counted from 1. */
  async toCheck(): Promise<number[]> {
    await this.page.getByRole('button', { name: 'I have written them down' }).click();
    await see(this.page.getByRole('heading', { name: 'Check your words' })).toBeVisible();
    const labels = await this.page.locator('form label').allTextContents();
    return labels.map((label) => Number(/^Word (\d+)$/.exec(label)?.[1]));
  }

  word(position: number): Locator {
    return this.page.getByLabel(`Word ${position}`, { exact: true });
  }

  get confirm(): Locator {
    return this.page.getByRole('button', { name: 'Confirm' });
  }

  async later(): Promise<void> {
    await this.page.getByRole('button', { name: 'Do it later' }).click();
  }

  async restoreFromWords({ words, name }: { words: string; name: string }): Promise<void> {
    await this.page.getByRole('button', { name: 'Restore a profile' }).click();
    await this.page.getByLabel('Recovery words', { exact: true }).and(this.page.locator('textarea')).fill(words);
    await this.page.getByLabel('Your name (optional)').fill(name);
  }

  async restoreFromBackup({ file, passphrase }: { file: string; passphrase: string }): Promise<void> {
    await this.page.getByRole('button', { name: 'Restore a profile' }).click();
    await this.page.getByText('Backup file', { exact: true }).click();
    await this.page.getByLabel('Backup file').and(this.page.locator('[type=file]')).setInputFiles(file);
    await this.page.getByLabel('Passphrase of the backup').fill(passphrase);
  }

  get restore(): Locator {
    return this.page.getByRole('button', { name: 'Restore', exact: true });
  }
}
