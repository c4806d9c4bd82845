import { expect, test } from 'vitest';
import type { CallView } from '../core/api/views.ts';
import { ManualClock } from '../core/node/testing/manual-clock.ts';
import { MicrophoneGate, TEST_MS } from './microphone-gate.ts';

const call = 'c'.repeat(32);
const during: CallView['state'][] = ['seeking', 'calling', 'ringing-there', 'connecting', 'active', 'reconnecting'];

test.each(during)('it is open while a call is %s, until that ends', (state) => {
  const gate = new MicrophoneGate(new ManualClock());
  gate.callChanged({ call, state });
  expect(gate.open).toBe(true);
  gate.callChanged({ call, state: 'ended' });
  expect(gate.open).toBe(false);
});

test('somebody who calls does not open it, nor does the end of a second call close it', () => {
  const gate = new MicrophoneGate(new ManualClock());
  gate.callChanged({ call, state: 'ringing' });
  expect(gate.open).toBe(false);
  gate.callChanged({ call, state: 'active' });
  gate.callChanged({ call: 'd'.repeat(32), state: 'ringing' });
  gate.callChanged({ call: 'd'.repeat(32), state: 'ended' });
  expect(gate.open).toBe(true);
});

test('a profile that is locked in a call closes it', () => {
  const gate = new MicrophoneGate(new ManualClock());
  gate.callChanged({ call, state: 'active' });
  gate.profileChanged({ state: 'open' });
  expect(gate.open).toBe(true);
  gate.profileChanged({ state: 'locked' });
  expect(gate.open).toBe(false);
});

test('a test in the settings opens it for a while', () => {
  const clock = new ManualClock();
  const gate = new MicrophoneGate(clock);
  expect(gate.open).toBe(false);
  gate.allowTest();
  clock.advance(TEST_MS - 1);
  expect(gate.open).toBe(true);
  clock.advance(1);
  expect(gate.open).toBe(false);
});
