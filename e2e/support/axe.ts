import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright';
import { expect } from 'vitest';
import { drawn, resize } from './resize.ts';

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SCHEMES = ['light', 'dark'] as const;
const WIDTHS = { wide: 1100, narrow: 400 } as const;

export type Width = keyof typeof WIDTHS;

/** What axe-core says of one element. */
interface Finding {
  readonly rule: string;
  readonly help: string;
  readonly element: string;
}

/** Puts axe-core into every document of the page to come; the browser's own channel is not bound by the page's CSP. */
export async function addAxe(page: Page): Promise<void> {
  await page.addInitScript(SOURCE);
}

/** Expects no violation on what is shown, light and dark, in these widths. */
export async function expectAccessible(
  page: Page,
  screen: string,
  widths: readonly Width[] = ['wide', 'narrow'],
): Promise<void> {
  for (const width of widths) {
    await resize(page, { width: WIDTHS[width], height: 760 });
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      await drawn(page);
      expect(await findings(page), `${screen}, ${width}, ${colorScheme}`).toEqual([]);
    }
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow, `${screen}, ${width}: pixels beyond the right edge`).toBeLessThanOrEqual(0);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await resize(page, { width: WIDTHS.wide, height: 760 });
}

function findings(page: Page): Promise<Finding[]> {
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') };
    const { violations } = await axe.run(document, { resultTypes: ['violations'] });
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ html, any }) => ({
        rule: id,
        help: `${help}${any[0] ? `: ${any[0].message}` : ''}`,
        element: html.slice(0, 300),
      })),
    );
  });
}
