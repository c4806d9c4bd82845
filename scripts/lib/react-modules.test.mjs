import { expect, test } from 'vitest';
import { toModule } from './react-modules.mjs';

async function load(source) {
  return import(`data:text/javascript,${encodeURIComponent(source)}`);
}

test('exports are the same by name and as one object', async () => {
  const made = toModule('"use strict"; function Part() { return 1; } exports.Part = Part; exports.other = 2;');
  const { default: all, Part, other } = await load(made);
  expect(all).toEqual({ Part, other: 2 });
  expect([Part(), other]).toEqual([1, 2]);
});

test('what is needed is imported once, as one object', () => {
  const made = toModule('var a = require("react"), b = require("react").c; exports.d = a;');
  expect(made.match(/^import .*$/gm)).toEqual(['import required0 from "react";']);
  expect(made).toContain('var a = required0, b = required0.c;');
});

test.each(['module.exports = 1;', 'exports["a b"] = 1;'])('%s is refused: it would be lost', (source) => {
  expect(() => toModule(source)).toThrow('exports by name');
});
