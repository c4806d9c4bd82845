import type { Locator, Page } from 'playwright';

/** No form needs more presses than this to get through. */
const MOST_TABS = 40;

/** Presses Tab until the element has the focus. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < MOST_TABS; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`not reached by ${MOST_TABS} presses of Tab: ${target}`);
}
