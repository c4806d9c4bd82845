import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CallEffect,
  type CallEvent,
  type CallState,
  carriesSound,
  type EndedReason,
  isUnanswered,
  limitOf,
  step,
} from './call-state.ts';

const STATES = {
  seeking: { phase: 'seeking', rang: false },
  'seeking again': { phase: 'seeking', rang: true },
  calling: { phase: 'calling', rang: false },
  'calling again': { phase: 'calling', rang: true },
  'ringing-there': { phase: 'ringing-there' },
  ringing: { phase: 'ringing' },
  connecting: { phase: 'connecting' },
  active: { phase: 'active' },
  reconnecting: { phase: 'reconnecting' },
  ended: { phase: 'ended', reason: 'hung-up' },
} as const satisfies Record<string, CallState>;
type StateName = keyof typeof STATES;

const EVENTS = {
  accept: { kind: 'accept' },
  decline: { kind: 'decline', reason: 'declined' },
  busy: { kind: 'decline', reason: 'busy' },
  'hang-up': { kind: 'hang-up' },
  'link-up': { kind: 'link-up' },
  'link-down': { kind: 'link-down' },
  quiet: { kind: 'quiet' },
  'heard-ring': { kind: 'heard-ring' },
  'heard-ringing': { kind: 'heard-ringing' },
  'heard-accept': { kind: 'heard-accept' },
  'heard-declined': { kind: 'heard-decline', reason: 'declined' },
  'heard-busy': { kind: 'heard-decline', reason: 'busy' },
  'heard-hung-up': { kind: 'heard-end', reason: 'hungUp' },
  'heard-cancelled': { kind: 'heard-end', reason: 'cancelled' },
  'heard-no-answer': { kind: 'heard-end', reason: 'noAnswer' },
  'heard-failed': { kind: 'heard-end', reason: 'failed' },
  'heard-unknown': { kind: 'heard-end', reason: 'unknown' },
  'heard-here': { kind: 'heard-here' },
  'heard-sound': { kind: 'heard-sound' },
  timeout: { kind: 'timeout' },
  replace: { kind: 'replace' },
} as const satisfies Record<string, CallEvent>;
type EventName = keyof typeof EVENTS;

/** What happens, as `state: effects`; what is not named here changes nothing and does nothing. */
const unanswered = {
  'link-down': 'seeking: seek',
  'heard-ringing': 'ringing-there',
  'heard-accept': 'active: here',
  'heard-declined': 'ended declined',
  'heard-busy': 'ended busy',
  'heard-hung-up': 'ended hung-up',
  'heard-cancelled': 'ended cancelled',
  'heard-no-answer': 'ended no-answer',
  'heard-failed': 'ended failed',
  'heard-unknown': 'ended failed',
  'hang-up': 'ended cancelled: end cancelled',
  'link-up': 'calling: ring',
  timeout: 'ended unreachable: end noAnswer',
  replace: 'ended replaced',
} as const;
const unansweredAgain = {
  ...unanswered,
  'link-down': 'seeking again: seek',
  'link-up': 'calling again: ring',
  timeout: 'ended no-answer: end noAnswer',
} as const;
const heardEnd = {
  'heard-hung-up': 'ended hung-up',
  'heard-cancelled': 'ended cancelled',
  'heard-no-answer': 'ended no-answer',
  'heard-failed': 'ended failed',
  'heard-unknown': 'ended failed',
} as const;
const talking = {
  ...heardEnd,
  decline: 'ended hung-up: end hungUp',
  busy: 'ended hung-up: end hungUp',
  'hang-up': 'ended hung-up: end hungUp',
  replace: 'ended failed',
} as const;

const TABLE: Readonly<Record<StateName, Partial<Record<EventName, string>>>> = {
  seeking: unanswered,
  'seeking again': unansweredAgain,
  calling: unanswered,
  'calling again': unansweredAgain,
  'ringing-there': unansweredAgain,
  ringing: {
    ...heardEnd,
    accept: 'connecting: accept',
    decline: 'ended declined: decline declined',
    busy: 'ended declined: decline busy',
    'hang-up': 'ended declined: decline declined',
    'link-up': 'ringing: ringing',
    'heard-ring': 'ringing: ringing',
    timeout: 'ended no-answer',
    replace: 'ended replaced',
  },
  connecting: {
    ...talking,
    'heard-here': 'active',
    'heard-sound': 'active',
    'link-up': 'connecting: accept',
    'heard-ring': 'connecting: accept',
    'link-down': 'connecting: seek',
    timeout: 'ended failed: end failed',
  },
  active: {
    ...talking,
    'link-up': 'active: here',
    'heard-accept': 'active: here',
    'link-down': 'reconnecting: seek',
    quiet: 'reconnecting',
  },
  reconnecting: {
    ...talking,
    'heard-here': 'active',
    'heard-sound': 'active',
    'heard-accept': 'active: here',
    'link-up': 'reconnecting: here',
    'link-down': 'reconnecting: seek',
    timeout: 'ended failed: end failed',
  },
  ended: {},
};

function nameOf(state: CallState): string {
  if (state.phase === 'ended') return `ended ${state.reason}`;
  return 'rang' in state && state.rang ? `${state.phase} again` : state.phase;
}

function nameOfEffect(effect: CallEffect): string {
  if (effect.kind === 'seek') return 'seek';
  return 'reason' in effect ? `${effect.frame} ${effect.reason}` : effect.frame;
}

function told(state: CallState, event: CallEvent): string {
  const next = step(state, event);
  return [nameOf(next.state), ...next.effects.map(nameOfEffect)].join(': ');
}

const cases = (Object.keys(STATES) as StateName[]).flatMap((state) =>
  (Object.keys(EVENTS) as EventName[]).map((event) => [state, event, TABLE[state][event]] as const),
);

describe('a call', () => {
  it.each(cases.filter(([, , expected]) => expected !== undefined))('%s, %s -> %s', (state, event, expected) => {
    expect(told(STATES[state], EVENTS[event])).toBe(expected);
  });

  it.each(cases.filter(([, , expected]) => expected === undefined))('%s does not mind %s', (state, event) => {
    expect(step(STATES[state], EVENTS[event])).toEqual({ state: STATES[state], effects: [] });
    expect(step(STATES[state], EVENTS[event]).state).toBe(STATES[state]);
  });

  it('has a limit in every state but active and ended', () => {
    for (const state of Object.values(STATES)) {
      const limited = state.phase !== 'active' && state.phase !== 'ended';
      expect(limitOf(state) !== undefined, nameOf(state)).toBe(limited);
    }
  });

  it('rings no longer because the link comes and goes', () => {
    const names = (['ringing-there', 'seeking again', 'calling again'] as const).map(
      (name) => limitOf(STATES[name])!.name,
    );
    expect(new Set(names)).toEqual(new Set(['answer']));
    expect(limitOf(STATES.seeking)!.name).toBe('seek');
  });
});

describe('two sides', () => {
  /** A call as both sides see it, over a link that loses what is under way when it goes down. */
  class Pair {
    caller: CallState = { phase: 'calling', rang: false };
    callee: CallState | undefined;
    up = true;
    under: { to: 'caller' | 'callee'; event: CallEvent }[] = [];

    constructor() {
      this.under.push({ to: 'callee', event: { kind: 'heard-ring' } });
    }

    happen(to: 'caller' | 'callee', event: CallEvent): void {
      if (to === 'callee' && this.callee === undefined) {
        if (event.kind !== 'heard-ring') return;
        this.callee = { phase: 'ringing' };
      }
      const state = to === 'caller' ? this.caller : this.callee!;
      const next = step(state, event);
      if (to === 'caller') this.caller = next.state;
      else this.callee = next.state;
      for (const effect of next.effects) this.#say(to === 'caller' ? 'callee' : 'caller', effect);
      // What a side that is through with the call answers, see `Calls`.
      const asks = event.kind === 'heard-accept' || event.kind === 'heard-here' || event.kind === 'heard-ring';
      if (state.phase === 'ended' && asks) {
        this.#say(to === 'caller' ? 'callee' : 'caller', { kind: 'say', frame: 'end', reason: 'unknown' });
      }
    }

    #say(to: 'caller' | 'callee', effect: CallEffect): void {
      if (effect.kind === 'seek' || !this.up) return;
      const kind = `heard-${effect.frame}` as CallEvent['kind'];
      const event = 'reason' in effect ? { kind, reason: effect.reason } : { kind };
      this.under.push({ to, event: event as CallEvent });
    }

    setLink(up: boolean): void {
      if (this.up === up) return;
      this.up = up;
      if (!up) this.under = [];
      for (const side of ['caller', 'callee'] as const) this.happen(side, { kind: up ? 'link-up' : 'link-down' });
    }

    settle(): void {
      for (let i = 0; i < 100 && this.under.length > 0; i++) {
        const { to, event } = this.under.shift()!;
        this.happen(to, event);
      }
    }
  }

  type Act = 'deliver' | 'down' | 'up' | 'accept' | 'decline' | 'hang-up caller' | 'hang-up callee' | 'quiet';
  const act = fc.constantFrom<Act>(
    'deliver',
    'down',
    'up',
    'accept',
    'decline',
    'hang-up caller',
    'hang-up callee',
    'quiet',
  );

  function perform(pair: Pair, act: Act): void {
    if (act === 'deliver') {
      const next = pair.under.shift();
      if (next !== undefined) pair.happen(next.to, next.event);
    } else if (act === 'down' || act === 'up') pair.setLink(act === 'up');
    else if (act === 'accept') pair.happen('callee', { kind: 'accept' });
    else if (act === 'decline') pair.happen('callee', { kind: 'decline', reason: 'declined' });
    else if (act === 'quiet') pair.happen('caller', { kind: 'quiet' });
    else pair.happen(act === 'hang-up caller' ? 'caller' : 'callee', { kind: 'hang-up' });
  }

  const agreed: ReadonlySet<string> = new Set(['ringing-there/ringing', 'active/active', 'ended/ended']);

  it('agree again once the link is up and all was delivered', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 25 }), (acts) => {
        const pair = new Pair();
        for (const one of acts) perform(pair, one);
        pair.setLink(false);
        pair.setLink(true);
        pair.settle();
        // A caller who gave up before the link came is nobody's business; a callee still ringing then times out.
        const callee = pair.callee ?? { phase: 'ended' };
        if (callee.phase === 'ringing' && pair.caller.phase === 'ended') pair.happen('callee', { kind: 'timeout' });
        const phases = `${pair.caller.phase}/${(pair.callee ?? { phase: 'ended' }).phase}`;
        // One who declined while the link was down is asked again, and says so again.
        expect(agreed.has(phases), phases).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });
});

it('the reasons to end are those of the table', () => {
  const reasons = new Set<EndedReason>();
  for (const state of Object.values(STATES))
    for (const event of Object.values(EVENTS)) {
      const next = step(state, event).state;
      if (next.phase === 'ended') reasons.add(next.reason);
    }
  expect([...reasons].sort()).toEqual(
    ['busy', 'cancelled', 'declined', 'failed', 'hung-up', 'no-answer', 'replaced', 'unreachable'].sort(),
  );
  expect(carriesSound(STATES.active) && !carriesSound(STATES.ringing) && isUnanswered(STATES.seeking)).toBe(true);
});
