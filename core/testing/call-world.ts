import type { AudioFrame } from '../audio/frame.ts';
import { FRAME_MS, FRAME_TICKS } from '../audio/frame.ts';
import { JitterBuffer, type Playout } from '../audio/jitter-buffer.ts';
import { toHex } from '../ids/bytes.ts';
import { Calls } from '../messenger/calls/calls.ts';
import type { CallHistory, FinishedCall } from '../messenger/calls/history.ts';
import { DropCounts } from '../messenger/context.ts';
import { MessageIds } from '../messenger/message-ids.ts';
import { silentLogger } from '../ports/logger.ts';
import type { FriendRow, StoreReads } from '../store/types.ts';
import type { LinkWorld, Person } from './link-world.ts';

/** Somebody with real links who can call, without a database; and what their loudspeaker played. */
export class Caller {
  readonly person: Person;
  readonly calls: Calls;
  readonly drops = new DropCounts();
  /** States of calls in the order they came, `ended REASON` at the end. */
  readonly seen: string[] = [];
  readonly finished: FinishedCall[] = [];
  readonly heard: AudioFrame[] = [];
  readonly played: Playout[] = [];
  readonly buffer = new JitterBuffer();
  readonly #world: LinkWorld;

  constructor(world: LinkWorld, person: Person, friend: Person) {
    this.#world = world;
    this.person = person;
    const { links, clock } = person;
    this.calls = new Calls({
      read: knowing(friend),
      ...{ links, clock, drops: this.drops, logger: silentLogger },
      ids: new MessageIds(clock, world.random.fork(toHex(person.profile.publicKey))),
      history: this.#history(),
      padded: () => true,
    });
    this.calls.changed.on(({ state, reason }) => {
      const text = reason === null ? state : `${state} ${reason}`;
      if (this.seen.at(-1) !== text) this.seen.push(text);
    });
    this.calls.start();
  }

  /** Listens to the friend's sound, and plays it from now on. */
  listen(call: string): (frame: number) => boolean {
    const { clock } = this.person;
    const sink = {
      frame: (frame: AudioFrame) => {
        this.heard.push(frame);
        this.buffer.insert(frame, clock.now());
      },
      ended: () => {},
    };
    const end = this.calls.attach(call, sink);
    if (end === undefined) throw new Error('there is no such call');
    clock.every(FRAME_MS, () => this.played.push(this.buffer.next(clock.now())));
    return (frame) => end.send({ clock: frame * FRAME_TICKS, silence: false, opus: opusOf(frame) });
  }

  /** Feeds a frame every 20 ms for so long. */
  async speak(send: (frame: number) => boolean, frames: number, first = 0): Promise<void> {
    for (let i = first; i < first + frames; i++) {
      send(i);
      await this.#world.clock.runFor(FRAME_MS);
    }
  }

  #history(): CallHistory {
    return {
      finished: (call) => this.finished.push(call),
      missed: (_friend, _call, done) => done(),
      owed: () => [],
      noted: () => {},
    };
  }
}

/** 80 bytes: 32 kbit/s. */
function opusOf(frame: number): Uint8Array {
  const opus = new Uint8Array(80);
  new DataView(opus.buffer).setUint32(0, frame);
  return opus;
}

/** A database in which there is one friend. Calls read nothing else of it. */
function knowing(friend: Person): StoreReads {
  const hex = toHex(friend.profile.publicKey);
  const row = { id: 1, hex, key: friend.profile.publicKey, state: 'friend', removedAt: undefined } as FriendRow;
  const friends: StoreReads['friends'] = {
    byHex: (asked) => (asked === hex ? row : undefined),
    byId: (id) => (id === row.id ? row : undefined),
    all: () => [row],
  };
  return { friends } as StoreReads;
}
