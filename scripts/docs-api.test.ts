import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { events, requests } from '../core/api/contract.ts';
import { ERROR_CODES } from '../core/api/errors.ts';
import { EXIT } from '../core/node/cli/exit-codes.ts';
import { withApiTables } from './docs-api.ts';

const document = readFileSync('docs/api.md', 'utf8');

describe('docs/api.md', () => {
  test('shows the contract as it is (npm run docs:api)', () => {
    expect(withApiTables(document)).toBe(document);
  });

  test('names every request, event and error code, and every exit code', () => {
    for (const name of [...Object.keys(requests), ...Object.keys(events), ...ERROR_CODES]) {
      expect(document).toContain(`\`${name}\``);
    }
    for (const code of Object.values(EXIT)) expect(document).toMatch(new RegExp(`^\\| ${code} \\|`, 'm'));
  });

  test('describes no schema by its inner name', () => {
    expect(document).not.toMatch(/strict_object|\bvariant\b|\bundefined\b|\[object/);
  });
});

test('a marker without a table is an error', () => {
  expect(() => withApiTables('<!-- table:none -->\n<!-- end -->')).toThrow('no table is called none');
});
