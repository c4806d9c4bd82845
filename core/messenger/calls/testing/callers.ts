import type { AudioFrame } from '../../../audio/frame.ts';
import type { VirtualClock } from '../../../testing/virtual-clock.ts';
import type { Person } from '../../testing/people.ts';
import type { CallView } from '../../views.ts';
import type { AudioAttachment } from '../calls.ts';

/** Every state a person saw, as `state` or `ended REASON`. */
export function watch(person: Person): string[] {
  const seen: string[] = [];
  person.messenger.calls.changed.on((view) => {
    const text = stateOf(view);
    if (seen.at(-1) !== text) seen.push(text);
  });
  return seen;
}

const stateOf = (view: CallView) => (view.reason === null ? view.state : `${view.state} ${view.reason}`);
export const states = (person: Person) => person.messenger.calls.list().map(stateOf);
export const only = (person: Person): CallView => person.messenger.calls.list()[0]!;
export const start = (from: Person, to: Person) => from.messenger.calls.begin({ friend: to.hex }).call;

/** The calls of a chat: `direction outcome`. */
export const entries = (person: Person, friend: Person) =>
  person.chat(friend).map((entry) => `${entry.direction} ${entry.call?.outcome} ${entry.state}`);

/** A and B talk. */
export async function talk(a: Person, b: Person): Promise<string> {
  const { clock } = a.world;
  const call = start(a, b);
  await clock.runFor(100);
  b.messenger.calls.accept({ call });
  await clock.runUntilTrue(() => states(a)[0] === 'active' && states(b)[0] === 'active', 1_000, 'the call');
  return call;
}

export interface Heard {
  readonly clock: VirtualClock;
  readonly frames: AudioFrame[];
  readonly ended: string[];
  readonly attachment: AudioAttachment;
}

export function listen(person: Person, call: string): Heard {
  const frames: AudioFrame[] = [];
  const ended: string[] = [];
  const sink = { frame: (frame: AudioFrame) => frames.push(frame), ended: (why: string) => ended.push(why) };
  return { clock: person.world.clock, frames, ended, attachment: person.messenger.calls.attach(call, sink)! };
}

/** Feeds a frame every 20 ms; its first byte is its number. */
export async function speak(from: Heard, frames: number, silence = false, first = 0): Promise<void> {
  for (let i = first; i < first + frames; i++) {
    from.attachment.send({ clock: i * 960, silence, opus: Uint8Array.of(i & 0xff, 1, 2) });
    await from.clock.runFor(20);
  }
}
