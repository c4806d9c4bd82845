import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { withTables } from './docs-protocol.ts';

it('docs/protocol.md shows the layouts as they are (npm run docs:protocol)', () => {
  const document = readFileSync('docs/protocol.md', 'utf8');
  expect(withTables(document)).toBe(document);
});
