import { expect, it } from 'vitest';
import { MAX_CARRYING_BYTES } from '../../core/api/views.ts';
import { CARRYING_SIZES, carryingChoices, carryingNews, choiceOf, mibText, parseMib } from './carrying.ts';

const MIB = 1024 * 1024;

it('every size is its own choice, anything else is another one', () => {
  expect(carryingChoices().map(({ label }) => label)).toEqual(['64 MiB', '256 MiB', '1 GiB', 'Other']);
  expect(CARRYING_SIZES.map(choiceOf)).toEqual(
    carryingChoices()
      .slice(0, -1)
      .map(({ value }) => value),
  );
  expect(choiceOf(65 * MIB)).toBe('other');
});

it('what is typed is whole MiB within the bounds of the core', () => {
  expect(parseMib(' 300 ')).toEqual({ bytes: 300 * MIB });
  expect(parseMib('1048576')).toEqual({ bytes: MAX_CARRYING_BYTES });
  for (const text of ['', '0', '-1', '1.5', '1e3', 'many', '1048577', '99999999999']) {
    expect(parseMib(text), text).toHaveProperty('problem');
  }
  expect(parseMib(mibText(300 * MIB))).toEqual({ bytes: 300 * MIB });
  expect(mibText(5)).toBe('1');
});

it('the news names the size, or that it is off', () => {
  expect(carryingNews(64 * MIB)).toContain('64 MiB');
  expect(carryingNews(0)).toContain('nothing');
});
