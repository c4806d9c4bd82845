import type { Page } from 'playwright';

/** Makes the window this large, in pixels. Resolves when the page has drawn itself anew for it. */
export async function resize(page: Page, size: { width: number; height: number }): Promise<void> {
  await page.setViewportSize(size);
  await drawn(page);
}

/** The page hears of a new size or colour scheme before its next frame, and has drawn itself anew with the one after. */
export async function drawn(page: Page): Promise<void> {
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}
