import { expect } from 'playwright/test';

/** Assertions that wait: a page may take its time on a busy machine, and the condition is what counts. */
export const see = expect.configure({ timeout: 10_000 });
