import { describe, expect, it } from 'vitest';
import { fakeService } from '../api/testing/fake-service.ts';
import type { CallView } from '../api/views.ts';
import { goFirstInCalls } from './call-priority.ts';

function begin(before: number, set?: () => never) {
  const service = fakeService();
  const asked: number[] = [];
  const end = goFirstInCalls(service, { get: () => before, set: set ?? ((priority) => asked.push(priority)) });
  const call = (name: string, state: CallView['state']) =>
    service.emit('calls.changed', { call: name.repeat(32), state } as CallView);
  const lock = () => service.emit('profile.changed', { state: 'locked', name: 'Ada' });
  return { asked, call, lock, end };
}

describe('the place of the process among the others', () => {
  it('is before ordinary programs while there is sound, and as before afterwards', () => {
    const { asked, call } = begin(3);
    call('a', 'ringing');
    expect(asked).toEqual([]);
    for (const state of ['connecting', 'active', 'reconnecting', 'active'] as const) call('a', state);
    expect(asked).toEqual([-7]);
    call('b', 'ringing');
    call('b', 'ended');
    expect(asked).toEqual([-7]);
    call('a', 'ended');
    expect(asked).toEqual([-7, 3]);
    call('c', 'active');
    expect(asked).toEqual([-7, 3, -7]);
  });

  it('goes back only when the last of two calls is over', () => {
    const { asked, call } = begin(0);
    call('a', 'active');
    call('b', 'connecting');
    call('a', 'ended');
    expect(asked).toEqual([-7]);
    call('b', 'ended');
    expect(asked).toEqual([-7, 0]);
  });

  it('goes back when the profile is locked in the middle of a call', () => {
    const { asked, call, lock } = begin(0);
    call('a', 'active');
    lock();
    expect(asked).toEqual([-7, 0]);
    call('b', 'active');
    expect(asked).toEqual([-7, 0, -7]);
  });

  it('stays what it is where it is better already', () => {
    const { asked, call } = begin(-11);
    call('a', 'active');
    expect(asked).toEqual([]);
  });

  it('is of no concern where the system refuses, nor after its end', () => {
    const refused = begin(0, () => {
      throw new Error('EACCES');
    });
    expect(() => refused.call('a', 'active')).not.toThrow();
    const ended = begin(0);
    ended.end();
    ended.call('a', 'active');
    expect(ended.asked).toEqual([]);
  });
});
