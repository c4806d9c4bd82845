import { describe, expect, it } from 'vitest';
import type { CallView } from '../../core/api/views.ts';
import { endedWords, entryWords, keyName, qualityWords, share, timer, whereToAllow } from './call-words.ts';

const ended = (change: Partial<CallView>) =>
  ({ direction: 'out', answeredAt: null, reason: null, ...change }) as unknown as CallView;

describe('the end of a call', () => {
  it('is told with its reason to whoever called', () => {
    expect(endedWords(ended({ reason: 'busy' }), 'Anna')).toBe('Anna is in another call.');
    expect(endedWords(ended({ reason: 'no-answer' }), 'Anna')).toBe('Anna did not answer.');
    expect(endedWords(ended({ reason: 'failed', answeredAt: 1 }), 'Anna')).toContain('was lost');
  });

  it('needs no words where the person ended it, or did not take it', () => {
    for (const reason of ['declined', 'busy', 'no-answer', 'cancelled', 'replaced'] as const) {
      expect(endedWords(ended({ reason, direction: 'in' }), 'Anna')).toBeNull();
    }
  });
});

it('an answered call is told with its length, others with what became of them', () => {
  expect(entryWords({ outcome: 'answered', durationMs: 65_000 }, 'in')).toBe('Call, 1 min 05 s');
  expect(entryWords({ outcome: 'answered', durationMs: 0 }, 'in')).toBe('Call, 1 s');
  expect(entryWords({ outcome: 'declined', durationMs: 0 }, 'in')).not.toBe(
    entryWords({ outcome: 'declined', durationMs: 0 }, 'out'),
  );
});

it('a microphone that is refused is allowed where this shell has its leave from', () => {
  const mac = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36';
  const windows = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36';
  expect(whereToAllow('browser', mac)).toContain('browser or system');
  expect(whereToAllow('electron', mac)).toContain('System Settings, Privacy & Security, Microphone');
  expect(whereToAllow('electron', windows)).toContain('Settings, Privacy & security, Microphone');
  expect(whereToAllow('electron', 'Mozilla/5.0 (X11; Linux x86_64)')).toContain('your system');
});

describe('the quality', () => {
  const quality = (change: object) => ({ rttMs: 30, lossIn: 0, lossOut: 0, ...change }) as never;
  it.each([
    [quality({}), 40, 'good'],
    [quality({ rttMs: 300 }), 40, 'fair'],
    [quality({ rttMs: 600 }), 100, 'poor'],
    [quality({ lossOut: 0.05 }), 40, 'fair'],
    [quality({ lossIn: 0.2 }), 40, 'poor'],
    [quality({ rttMs: null }), 40, 'unknown'],
    [null, 40, 'unknown'],
  ] as const)('%j with a buffer of %s ms is %s', (view, bufferMs, level) => {
    expect(qualityWords(view, bufferMs).level).toBe(level);
  });
});

it('numbers and keys are written as people read them', () => {
  expect([timer(7_900), timer(754_000), timer(3_723_000), timer(-5)]).toEqual(['0:07', '12:34', '1:02:03', '0:00']);
  expect([share(0), share(0.004), share(0.2)]).toEqual(['0 %', '0.4 %', '20 %']);
  expect(['KeyV', 'Digit1', 'F9', 'ControlRight', 'ArrowUp'].map(keyName)).toEqual([
    'V',
    '1',
    'F9',
    'Control Right',
    'Up',
  ]);
});
