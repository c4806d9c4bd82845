import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AVATAR_COLOURS } from '../lib/avatar.ts';

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');
const css = read('theme.css');

function block(selector: string): Map<string, string> {
  const start = css.indexOf('{', css.indexOf(selector)) + 1;
  const body = css.slice(start, css.indexOf('}', start));
  return new Map([...body.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/gu)].map((match) => [match[1]!, match[2]!]));
}

/** Relative luminance and contrast ratio of WCAG 2.2. */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}

const TEXT_ON: Record<string, string[]> = {
  text: [
    'ground',
    'ground-2',
    'ground-3',
    'hover',
    'current',
    'bubble-in',
    'accent-soft',
    'warning-soft',
    'danger-soft',
  ],
  muted: ['ground', 'ground-2', 'hover', 'bubble-in'],
  'accent-text': ['ground', 'ground-2', 'hover', 'bubble-in', 'accent-soft'],
  'on-accent': ['accent', 'accent-hover', 'bubble-out'],
  'on-accent-muted': ['bubble-out'],
  danger: ['ground', 'ground-2', 'hover', 'danger-soft'],
  warning: ['ground', 'warning-soft'],
  good: ['ground'],
  'mark-text': ['mark'],
};

describe.each([
  ['light', ':root[data-theme="light"]'],
  ['dark', ':root[data-theme="dark"]'],
])('the %s theme', (_, selector) => {
  const colours = block(selector);

  it('has at least 4.5:1 for every text on its grounds', () => {
    for (const [text, grounds] of Object.entries(TEXT_ON)) {
      for (const ground of grounds) {
        const ratio = contrast(colours.get(text)!, colours.get(ground)!);
        expect(ratio, `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
      }
    }
  });

  it('has at least 3:1 for the edges of controls', () => {
    expect(contrast(colours.get('line-strong')!, colours.get('ground')!)).toBeGreaterThanOrEqual(3);
    expect(contrast(colours.get('line-strong')!, colours.get('ground-2')!)).toBeGreaterThanOrEqual(3);
  });
});

it('is the same dark, chosen by the system or by the person', () => {
  expect(block(':root:not([data-theme="light"])')).toEqual(block(':root[data-theme="dark"]'));
});

it('has every avatar colour, each with at least 4.5:1 against its white letters', () => {
  const avatars = read('avatar.css');
  for (let i = 0; i < AVATAR_COLOURS; i++) {
    const colour = new RegExp(`avatar-colour-${i} \\{\\s*background: (#[0-9a-f]{6})`, 'u').exec(avatars)?.[1];
    expect(contrast(colour!, '#ffffff'), `colour ${i}`).toBeGreaterThanOrEqual(4.5);
  }
});
