import { expect, it } from 'vitest';
import { messageState } from '../../core/api/views.ts';
import { makeFriend } from '../testing/fake-data.ts';
import { deliveryText, isUndelivered, presenceText } from './delivery.ts';

it('every delivery state has its own words', () => {
  const labels = messageState.options.map((state) => deliveryText(state, 'Ada').label);
  expect(new Set(labels).size).toBe(messageState.options.length);
  expect(messageState.options.filter(isUndelivered)).toEqual(['expired', 'failed']);
});

it('presence is told in words', () => {
  const friend = makeFriend('a'.repeat(64));
  expect(presenceText({ ...friend, presence: 'online' }, 0)).toBe('Online');
  expect(presenceText({ ...friend, presence: 'connecting' }, 0)).toBe('Connecting…');
  expect(presenceText(friend, 0)).toBe('Offline');
  expect(presenceText({ ...friend, lastSeen: 0 }, 120_000)).toBe('Last seen 2 minutes ago');
  expect(presenceText({ ...friend, state: 'requested', presence: 'online' }, 0)).toContain('not answered');
  expect(presenceText({ ...friend, state: 'blocked' }, 0)).toBe('Blocked');
});
