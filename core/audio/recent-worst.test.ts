import { expect, it } from 'vitest';
import { RecentWorst } from './recent-worst.ts';

it('the worst is that of the last seconds in which there was something', () => {
  const worst = new RecentWorst(3);
  expect(worst.most).toBeUndefined();
  worst.add(9, 0);
  worst.add(4, 999);
  worst.add(2, 1_000);
  worst.add(3, 60_000);
  expect(worst.most).toBe(9);
  worst.add(1, 61_000);
  expect(worst.most).toBe(3);
});
