import type { CallFrame, DECLINE_REASONS, END_REASONS } from '../../codec/calls.ts';

/** Why a call is over. `unreachable`: it never rang there; `replaced`: both called at once and the other call is taken. */
export type EndedReason =
  | 'hung-up'
  | 'declined'
  | 'busy'
  | 'cancelled'
  | 'no-answer'
  | 'unreachable'
  | 'failed'
  | 'replaced';

/** Where a call stands on this side. The other side's state is only known by what it says. */
export type CallState =
  /** We call, and there is no link. `rang`: it did ring there before. */
  | { readonly phase: 'seeking'; readonly rang: boolean }
  /** We call, and the friend's computer has not said yet that it rings. */
  | { readonly phase: 'calling'; readonly rang: boolean }
  | { readonly phase: 'ringing-there' }
  /** They call. */
  | { readonly phase: 'ringing' }
  /** We accepted, and the caller has not confirmed yet. */
  | { readonly phase: 'connecting' }
  | { readonly phase: 'active' }
  /** Nothing is heard of the other side at the moment. */
  | { readonly phase: 'reconnecting' }
  | { readonly phase: 'ended'; readonly reason: EndedReason };

export type CallPhase = CallState['phase'];

export type CallEvent =
  /** What the person does here. */
  | { readonly kind: 'accept' }
  | { readonly kind: 'decline'; readonly reason: 'declined' | 'busy' }
  | { readonly kind: 'hang-up' }
  | { readonly kind: 'link-up' }
  | { readonly kind: 'link-down' }
  /** The link is up and yet nothing was heard for QUIET_MS. */
  | { readonly kind: 'quiet' }
  | { readonly kind: 'heard-ring' }
  | { readonly kind: 'heard-ringing' }
  | { readonly kind: 'heard-accept' }
  | { readonly kind: 'heard-decline'; readonly reason: keyof typeof DECLINE_REASONS }
  | { readonly kind: 'heard-end'; readonly reason: keyof typeof END_REASONS }
  | { readonly kind: 'heard-here' }
  /** An audio datagram of this call. */
  | { readonly kind: 'heard-sound' }
  /** The time of `limitOf` is over. */
  | { readonly kind: 'timeout' }
  /** Both called at once, and the other call is taken. */
  | { readonly kind: 'replace' };

/** What is to be done; the frames bear the ID of the call. */
export type CallEffect =
  | { readonly kind: 'seek' }
  | { readonly kind: 'say'; readonly frame: 'ring' | 'ringing' | 'accept' | 'here' }
  | { readonly kind: 'say'; readonly frame: 'decline'; readonly reason: keyof typeof DECLINE_REASONS }
  | { readonly kind: 'say'; readonly frame: 'end'; readonly reason: keyof typeof END_REASONS };

export interface Step {
  readonly state: CallState;
  readonly effects: readonly CallEffect[];
}

export interface CallLimit {
  /** A limit of the same name goes on over several states. */
  readonly name: 'seek' | 'answer' | 'ring' | 'connect' | 'reconnect';
  readonly ms: number;
}

/** A friend without a link is looked for this long. */
const SEEK_LIMIT_MS = 60_000;
/** It rings at the other side this long. */
export const ANSWER_LIMIT_MS = 60_000;
/** The caller gives up first; this is for callers who vanish. */
const RING_LIMIT_MS = 70_000;
export const CONNECT_LIMIT_MS = 30_000;
/** How long a call survives without its link. */
const RECONNECT_LIMIT_MS = 30_000;
/** Both sides send at least a report every 200 ms. */
export const QUIET_MS = 2_000;

const SEEK: CallEffect = { kind: 'seek' };
const say = (frame: 'ring' | 'ringing' | 'accept' | 'here'): CallEffect => ({ kind: 'say', frame });
const sayEnd = (reason: keyof typeof END_REASONS): CallEffect => ({ kind: 'say', frame: 'end', reason });

const ENDED_BY: Readonly<Record<keyof typeof END_REASONS, EndedReason>> = {
  hungUp: 'hung-up',
  cancelled: 'cancelled',
  noAnswer: 'no-answer',
  failed: 'failed',
  unknown: 'failed',
};

/** How long a call may stay as it is; undefined: for ever. */
export function limitOf(state: CallState): CallLimit | undefined {
  switch (state.phase) {
    case 'seeking':
      // The time of the ringing goes on, so that a link that comes and goes does not make it longer.
      return state.rang ? ANSWER : { name: 'seek', ms: SEEK_LIMIT_MS };
    case 'calling':
    case 'ringing-there':
      return ANSWER;
    case 'ringing':
      return { name: 'ring', ms: RING_LIMIT_MS };
    case 'connecting':
      return { name: 'connect', ms: CONNECT_LIMIT_MS };
    case 'reconnecting':
      return { name: 'reconnect', ms: RECONNECT_LIMIT_MS };
    case 'active':
    case 'ended':
      return undefined;
  }
}

const ANSWER: CallLimit = { name: 'answer', ms: ANSWER_LIMIT_MS };

/** Total: any event in any state. What does not fit changes nothing; `state` is the same object then. */
export function step(state: CallState, event: CallEvent): Step {
  switch (state.phase) {
    case 'seeking':
    case 'calling':
    case 'ringing-there':
      return outgoing(state, event);
    case 'ringing':
      return ringing(state, event);
    case 'connecting':
      return connecting(state, event);
    case 'active':
      return active(state, event);
    case 'reconnecting':
      return reconnecting(state, event);
    case 'ended':
      return stay(state);
  }
}

function stay(state: CallState, ...effects: CallEffect[]): Step {
  return { state, effects };
}

function go(phase: 'ringing-there' | 'connecting' | 'active' | 'reconnecting', ...effects: CallEffect[]): Step {
  return { state: { phase }, effects };
}

function end(reason: EndedReason, ...effects: CallEffect[]): Step {
  return { state: { phase: 'ended', reason }, effects };
}

type Outgoing = Extract<CallState, { phase: 'seeking' | 'calling' | 'ringing-there' }>;

function outgoing(state: Outgoing, event: CallEvent): Step {
  const rang = state.phase === 'ringing-there' || state.rang;
  switch (event.kind) {
    case 'link-up':
      return { state: { phase: 'calling', rang }, effects: [say('ring')] };
    case 'link-down':
      return { state: { phase: 'seeking', rang }, effects: [SEEK] };
    case 'hang-up':
      return end('cancelled', sayEnd('cancelled'));
    case 'heard-ringing':
      return state.phase === 'ringing-there' ? stay(state) : go('ringing-there');
    case 'heard-accept':
      return go('active', say('here'));
    case 'heard-decline':
      return end(event.reason);
    case 'heard-end':
      return end(ENDED_BY[event.reason]);
    case 'timeout':
      return end(rang ? 'no-answer' : 'unreachable', sayEnd('noAnswer'));
    case 'replace':
      return end('replaced');
    case 'accept':
    case 'decline':
    case 'quiet':
    case 'heard-ring':
    case 'heard-here':
    case 'heard-sound':
      return stay(state);
  }
}

function ringing(state: CallState, event: CallEvent): Step {
  switch (event.kind) {
    case 'accept':
      return go('connecting', say('accept'));
    case 'decline':
      return end('declined', { kind: 'say', frame: 'decline', reason: event.reason });
    case 'hang-up':
      return end('declined', { kind: 'say', frame: 'decline', reason: 'declined' });
    case 'link-up':
    case 'heard-ring':
      return stay(state, say('ringing'));
    case 'heard-end':
      return end(ENDED_BY[event.reason]);
    case 'timeout':
      return end('no-answer');
    case 'replace':
      return end('replaced');
    // Without the link it goes on ringing: a short loss is no reason to miss a call.
    case 'link-down':
    case 'quiet':
    case 'heard-ringing':
    case 'heard-accept':
    case 'heard-decline':
    case 'heard-here':
    case 'heard-sound':
      return stay(state);
  }
}

function connecting(state: CallState, event: CallEvent): Step {
  switch (event.kind) {
    case 'heard-here':
    case 'heard-sound':
      return go('active');
    case 'link-up':
    case 'heard-ring':
      return stay(state, say('accept'));
    case 'link-down':
      return stay(state, SEEK);
    case 'decline':
    case 'hang-up':
      return end('hung-up', sayEnd('hungUp'));
    case 'heard-end':
      return end(ENDED_BY[event.reason]);
    case 'timeout':
      return end('failed', sayEnd('failed'));
    case 'replace':
      return end('failed');
    case 'accept':
    case 'quiet':
    case 'heard-ringing':
    case 'heard-accept':
    case 'heard-decline':
      return stay(state);
  }
}

function active(state: CallState, event: CallEvent): Step {
  switch (event.kind) {
    case 'link-up':
    case 'heard-accept':
      return stay(state, say('here'));
    case 'link-down':
      return go('reconnecting', SEEK);
    case 'quiet':
      return go('reconnecting');
    case 'decline':
    case 'hang-up':
      return end('hung-up', sayEnd('hungUp'));
    case 'heard-end':
      return end(ENDED_BY[event.reason]);
    case 'replace':
      return end('failed');
    case 'accept':
    case 'timeout':
    case 'heard-ring':
    case 'heard-ringing':
    case 'heard-decline':
    case 'heard-here':
    case 'heard-sound':
      return stay(state);
  }
}

function reconnecting(state: CallState, event: CallEvent): Step {
  switch (event.kind) {
    case 'heard-here':
    case 'heard-sound':
      return go('active');
    case 'heard-accept':
      return go('active', say('here'));
    case 'link-up':
      return stay(state, say('here'));
    case 'link-down':
      return stay(state, SEEK);
    case 'decline':
    case 'hang-up':
      return end('hung-up', sayEnd('hungUp'));
    case 'heard-end':
      return end(ENDED_BY[event.reason]);
    case 'timeout':
      return end('failed', sayEnd('failed'));
    case 'replace':
      return end('failed');
    case 'accept':
    case 'quiet':
    case 'heard-ring':
    case 'heard-ringing':
    case 'heard-decline':
      return stay(state);
  }
}

/** True while sound may go either way. */
export function carriesSound({ phase }: CallState): boolean {
  return phase === 'connecting' || phase === 'active' || phase === 'reconnecting';
}

/** True for our own call that nobody has answered yet. */
export function isUnanswered({ phase }: CallState): boolean {
  return phase === 'seeking' || phase === 'calling' || phase === 'ringing-there';
}

/** What a frame about a known call means to it; undefined for those that are no matter of the state. */
export function eventOf(frame: CallFrame): CallEvent | undefined {
  switch (frame.kind) {
    case 'ring':
      return { kind: 'heard-ring' };
    case 'ringing':
      return { kind: 'heard-ringing' };
    case 'accept':
      return { kind: 'heard-accept' };
    case 'decline':
      return { kind: 'heard-decline', reason: frame.body.reason };
    case 'end':
      return { kind: 'heard-end', reason: frame.body.reason };
    case 'here':
      return { kind: 'heard-here' };
    case 'missed':
    case 'noted':
      return undefined;
  }
}
