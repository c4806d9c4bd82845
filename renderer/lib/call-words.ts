import type { CallEntry, CallView } from '../../core/api/views.ts';
import type { Shell } from '../api/shell.ts';
import type { VoiceState } from '../audio/voice.ts';
import { duration } from './format.ts';

/** What a call is doing, in words. */
export function callStateWords({ state, peerMuted, peerDeafened }: CallView): string {
  switch (state) {
    case 'seeking':
      return 'Looking for them…';
    case 'calling':
      return 'Calling…';
    case 'ringing-there':
      return 'Ringing…';
    case 'ringing':
      return 'Is calling you';
    case 'connecting':
      return 'Connecting…';
    case 'reconnecting':
      return 'Nothing is heard of them. Trying to reach them again…';
    case 'active':
      return peerDeafened ? 'Does not hear you: deafened' : peerMuted ? 'Their microphone is off' : '';
    case 'ended':
      return 'The call is over';
  }
}

/** Why a call ended, said once when it does; null where the person did it themselves. */
export function endedWords({ reason, direction, answeredAt }: CallView, name: string): string | null {
  switch (reason) {
    case 'declined':
      return direction === 'out' ? `${name} declined the call.` : null;
    case 'busy':
      return direction === 'out' ? `${name} is in another call.` : null;
    case 'no-answer':
      return direction === 'out' ? `${name} did not answer.` : null;
    case 'unreachable':
      return `${name} could not be reached. They will see that you called.`;
    case 'failed':
      return answeredAt === null ? 'The call did not come about.' : `The connection to ${name} was lost.`;
    case 'hung-up':
      return `The call with ${name} is over.`;
    case 'cancelled':
    case 'replaced':
    case null:
      return null;
  }
}

/** A call as an entry of a chat. */
export function entryWords({ outcome, durationMs }: CallEntry, direction: 'in' | 'out'): string {
  switch (outcome) {
    case 'answered':
      return `Call, ${duration(Math.max(1_000, durationMs))}`;
    case 'missed':
      return 'Missed call';
    case 'declined':
      return direction === 'in' ? 'You declined a call' : 'Call declined';
    case 'busy':
      return 'Call, they were busy';
    case 'cancelled':
      return 'Call cancelled';
    case 'unanswered':
      return 'Call, no answer';
    case 'unreachable':
      return 'Call, not reached';
    case 'failed':
      return 'Call failed';
  }
}

/** Why there is no microphone and what can be done about it, in this shell; null where all is well. */
export function microphoneWords(microphone: VoiceState['microphone'], shell: Shell['kind']): string | null {
  switch (microphone) {
    case 'on':
      return null;
    case 'asking':
      return 'Waiting for your permission to use the microphone.';
    case 'refused':
      return `Parley may not use the microphone, so you are not heard. ${whereToAllow(shell, navigator.userAgent)}`;
    case 'missing':
      return 'There is no microphone. You hear the other side, but they cannot hear you. Plug one in and it is used.';
    case 'busy':
      return 'Another program holds the microphone, so you are not heard.';
    case 'lost':
      return 'The microphone is gone, so you are not heard. The call goes on; plug one in and it is used.';
    case 'unsupported':
      return 'This browser gives Parley no microphone, so you are not heard.';
  }
}

/** Where the person gives leave to use the microphone. The desktop app itself keeps none, so there it is the system. */
export function whereToAllow(shell: Shell['kind'], userAgent: string): string {
  if (shell === 'browser') return 'Allow it in the settings of your browser or system.';
  if (userAgent.includes('Macintosh')) {
    return 'Allow it in System Settings, Privacy & Security, Microphone, and start Parley again.';
  }
  if (userAgent.includes('Windows')) {
    return 'Allow it in Settings, Privacy & security, Microphone, for desktop apps too.';
  }
  return 'Allow it in the settings of your system.';
}

type Quality = NonNullable<CallView['quality']>;
export interface QualityWords {
  readonly level: 'good' | 'fair' | 'poor' | 'unknown';
  readonly words: string;
}

/** Mouth to ear, in ms: half the round trip, the buffer, and one frame to make and one to play; null: not yet known. */
export function delayOf({ rttMs }: Quality, bufferMs: number): number | null {
  return rttMs === null ? null : rttMs / 2 + bufferMs + 40;
}

/** How a call sounds. 150 ms one way is what people do not notice (ITU-T G.114), 400 ms what they can bear. */
export function qualityWords(quality: CallView['quality'], bufferMs: number): QualityWords {
  const delay = quality === null ? null : delayOf(quality, bufferMs);
  if (quality === null || delay === null) return { level: 'unknown', words: 'Measuring…' };
  const loss = Math.max(quality.lossIn, quality.lossOut ?? 0);
  if (delay > 400 || loss > 0.15) return { level: 'poor', words: `Poor connection: ${why(delay, loss)}` };
  if (delay > 200 || loss > 0.03) return { level: 'fair', words: `Fair connection: ${why(delay, loss)}` };
  return { level: 'good', words: 'Good connection' };
}

function why(delay: number, loss: number): string {
  return loss > 0.03 ? `${share(loss)} is lost on the way` : `a delay of ${duration(delay)}`;
}

/** “0 %”, “0.4 %”, “12 %”. */
export function share(value: number): string {
  const percent = value * 100;
  return `${percent.toLocaleString(undefined, { maximumFractionDigits: percent < 10 ? 1 : 0 })} %`;
}

/** “0:07”, “12:34”, “1:02:03”. */
export function timer(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** The name of a key as people read it from its `KeyboardEvent.code`. */
export function keyName(code: string): string {
  return code
    .replace(/^(Key|Digit)/u, '')
    .replace(/^Arrow/u, '')
    .replace(/([a-z])([A-Z])/gu, '$1 $2');
}
