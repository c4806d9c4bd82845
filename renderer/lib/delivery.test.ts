import { describe, expect, it } from 'vitest';
import { messageState } from '../../core/api/views.ts';
import { makeFriend } from '../testing/fake-data.ts';
import { awayText, DELIVERY_LEGEND, deliveryLabel, deliveryStory, isUndelivered, presenceText } from './delivery.ts';
import { untilTime } from './format.ts';

const NOW = new Date(2026, 10, 25, 15).getTime();
const UNTIL = new Date(2026, 11, 9, 15).getTime();
const anna = { name: 'Anna', state: 'friend', presence: 'offline' } as const;
const custody = (holders: number) => ({ holders, until: UNTIL });
const story = (message: Parameters<typeof deliveryStory>[0], friend: Parameters<typeof deliveryStory>[1] = anna) =>
  deliveryStory(message, friend, NOW);

describe('delivery states', () => {
  it('have words of their own each, and all that a sent message can have are in the legend', () => {
    const labels = messageState.options.map(deliveryLabel);
    expect(new Set(labels).size).toBe(messageState.options.length);
    const sent = messageState.options.filter((state) => state !== 'received');
    expect(DELIVERY_LEGEND.map(({ state }) => state).sort()).toEqual([...sent].sort());
  });

  it('tell who keeps a message, until when, and what comes next', () => {
    const { title, text } = story({ state: 'stored', custody: custody(2) });
    expect(title).toBe('Kept in the network');
    expect(text).toBe(
      `Kept by 2 computers until ${untilTime(UNTIL, NOW)}. It will be delivered when Anna comes online.`,
    );
    expect(story({ state: 'stored', custody: null }).text).toContain('Kept by other computers.');
  });

  it('tell what a message waits for that is not kept yet', () => {
    const waiting = { state: 'sending', custody: null } as const;
    expect(story(waiting).title).toBe('Waiting for the network');
    expect(story(waiting, { ...anna, presence: 'online' })).toEqual({
      title: 'Sending',
      text: 'It is on its way to Anna.',
    });
    expect(story(waiting, { ...anna, presence: 'unknown' }).text).toContain('not known');
    expect(story(waiting, { ...anna, state: 'requested' }).title).toBe('Waiting for an answer');
    expect(story({ state: 'sending', custody: custody(1) }).text).toContain('kept by 1 computer until');
    expect(story({ state: 'sending', custody: custody(0) }).title).toBe('Waiting for the network');
  });

  it('tell which messages can be sent again', () => {
    expect(messageState.options.filter(isUndelivered)).toEqual(['expired', 'failed']);
    expect(story({ state: 'expired', custody: null }).title).toBe('Not delivered within 14 days');
  });
});

describe('presence', () => {
  const friend = makeFriend('a'.repeat(64));

  it('is told in words', () => {
    expect(presenceText({ ...friend, presence: 'online' }, 0)).toBe('Online');
    expect(presenceText({ ...friend, presence: 'connecting' }, 0)).toBe('Connecting…');
    expect(presenceText(friend, 0)).toBe('Offline');
    expect(presenceText({ ...friend, lastSeen: 0 }, 120_000)).toBe('Last seen 2 minutes ago');
    expect(presenceText({ ...friend, lastSeen: 121_000 }, 120_000)).toBe('Last seen just now');
    expect(presenceText({ ...friend, lastSeen: 86_400_000 }, 120_000)).toBe('Offline');
    expect(presenceText({ ...friend, state: 'blocked' }, 0)).toBe('Blocked');
  });

  it('is not known while the window is not connected', () => {
    for (const presence of ['online', 'connecting', 'offline'] as const) {
      expect(presenceText({ ...friend, presence, lastSeen: 0 }, 120_000, false)).toBe(
        'Not known if online: Parley is not connected',
      );
      expect(awayText({ ...friend, presence }, false)).toBeNull();
    }
    expect(presenceText({ ...friend, state: 'blocked' }, 0, false)).toBe('Blocked');
  });

  it('of somebody asked says where the request is', () => {
    const asked = { ...friend, state: 'requested', presence: 'online' } as const;
    expect(presenceText(asked, NOW)).toContain('not answered');
    expect(presenceText({ ...asked, request: custody(0) }, NOW)).toContain('not answered');
    expect(presenceText({ ...asked, request: custody(2) }, NOW)).toBe(
      `Request kept by 2 computers until ${untilTime(UNTIL, NOW)}`,
    );
  });

  it('of a friend who is away says that messages are kept, of nobody else', () => {
    expect(awayText(friend)).toBe('messages are kept for them');
    expect(awayText({ ...friend, presence: 'online' })).toBeNull();
    expect(awayText({ ...friend, presence: 'connecting' })).toBeNull();
    expect(awayText({ ...friend, state: 'requested' })).toBeNull();
    expect(awayText({ ...friend, state: 'blocked' })).toBeNull();
  });
});
