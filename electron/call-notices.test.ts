import { beforeEach, describe, expect, test, vi } from 'vitest';
import { CallNotices } from './call-notices.ts';
import { Notification } from './testing/electron-double.ts';

const CALL = '0123456789abcdef'.repeat(2);
const OTHER = 'f'.repeat(32);
const notice = (call = CALL) => ({ call, title: 'Anna', body: 'Is calling you' });
const onAction = vi.fn();

const noticesOn = (platform: NodeJS.Platform) =>
  new CallNotices({ make: (options) => new Notification(options as never) as never, platform, onAction });

beforeEach(() => {
  Notification.all = [];
  onAction.mockClear();
});

describe('a call that rings', () => {
  test.each(['darwin', 'win32'] as const)('is accepted and declined by buttons on %s', (platform) => {
    for (const [words, action] of [
      ['Accept', 'accept'],
      ['Decline', 'decline'],
    ] as const) {
      expect(noticesOn(platform).show(notice())).toBe(true);
      expect(Notification.all[0]?.options).toMatchObject({ title: 'Anna', body: 'Is calling you', silent: true });
      Notification.all[0]?.press(words);
      expect(onAction).toHaveBeenLastCalledWith(CALL, action);
      expect(Notification.all).toEqual([]);
    }
  });

  test('has no buttons on Linux, where Electron shows none; a press opens', () => {
    noticesOn('linux').show(notice());
    expect(Notification.all[0]?.options.actions).toEqual([]);
    Notification.all[0]?.emit('click');
    expect(onAction.mock.calls).toEqual([[CALL, 'open']]);
  });

  test('is shown once, and taken back when it rings no more', () => {
    const notices = noticesOn('win32');
    for (const call of [CALL, CALL, OTHER]) notices.show(notice(call));
    expect(Notification.all).toHaveLength(2);
    notices.close(CALL);
    notices.close(CALL);
    expect(Notification.all).toHaveLength(1);
    notices.closeAll();
    expect(Notification.all).toEqual([]);
  });

  test('is nothing where the system shows no notices', () => {
    expect(new CallNotices({ make: undefined, platform: 'linux', onAction }).show(notice())).toBe(false);
  });
});

test('what is no notice, or one too many, is not shown', () => {
  const notices = noticesOn('win32');
  const wrong = [
    ...[null, 'x', {}, { ...notice(), call: 'x' }, { ...notice(), title: 1 }, { ...notice(), body: 'x'.repeat(201) }],
  ];
  for (const value of wrong) expect(notices.show(value)).toBe(false);
  expect(() => notices.close({})).not.toThrow();
  const shown = Array.from({ length: 6 }, (_, i) => notices.show(notice(String(i).repeat(32))));
  expect(shown).toEqual([true, true, true, true, false, false]);
});
