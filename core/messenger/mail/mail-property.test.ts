import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toHex } from '../../ids/bytes.ts';
import { testDisk } from '../../node/testing/test-disk.ts';
import type { StoredState } from '../../store/types.ts';
import { befriend, type Person, World } from '../testing/people.ts';
import type { MessageView } from '../views.ts';

const DAY_MS = 86_400_000;

type Side = 0 | 1;
type Step =
  | { readonly do: 'send'; readonly side: Side; readonly count: number }
  | { readonly do: 'crash' | 'power' | 'restart' | 'read' | 'off' | 'on' | 'call'; readonly side: Side }
  | { readonly do: 'cut' | 'join' | 'down' | 'up' | 'twice' | 'again' }
  | { readonly do: 'run'; readonly ms: number };

const side = fc.constantFrom<Side>(0, 1);
const one = <T extends string>(...names: T[]) => fc.constantFrom(...names);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('send' as const), side, count: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: one('crash', 'power', 'restart', 'read', 'off', 'on', 'on', 'call'), side }),
  },
  { weight: 3, arbitrary: fc.record({ do: one('cut', 'cut', 'join', 'down', 'up', 'up', 'twice', 'again') }) },
  {
    weight: 7,
    arbitrary: fc.record({ do: fc.constant('run' as const), ms: fc.constantFrom(0, 7, 60, 300, 1_000, 4_000, 20_000) }),
  },
);

const skew = fc.constantFrom(0, -3 * DAY_MS, 5 * DAY_MS);
/** How long a disk takes; undefined: no time. */
const flush = fc.constantFrom(undefined, 3, 40);

const RANKS: { readonly [state in StoredState]?: number } = {
  sending: 0,
  stored: 1,
  delivered: 2,
  received: 2,
  read: 3,
};

/**
 * A power cut may undo what was noted so shortly before, which waits for no disk where it is learned again: a flush that was
 * under way, the pause before the next one, and that one.
 */
const UNDONE_BY_POWER_MS = 2 * 40 + 10;

interface Shown {
  readonly rank: number;
  readonly at: number;
}

/** The states each side was shown of each message, over all restarts. */
class Watch {
  /** When it was first seen to be so far, by side and message. */
  readonly #shown = new Map<string, Map<string, Shown[]>>();

  see(who: string, messages: readonly MessageView[], now: number): void {
    const ofSide = this.#shown.get(who) ?? new Map<string, Shown[]>();
    this.#shown.set(who, ofSide);
    for (const { id, state } of messages) {
      const rank = RANKS[state]!;
      const before = ofSide.get(id) ?? [];
      const highest = before.at(-1)?.rank ?? 0;
      expect(rank, `${who}: ${state}`).toBeGreaterThanOrEqual(highest);
      if (rank > highest) ofSide.set(id, [...before, { rank, at: now }]);
    }
  }

  lostPower(who: string, now: number): void {
    const ofSide = this.#shown.get(who) ?? new Map<string, Shown[]>();
    for (const [id, shown] of ofSide)
      ofSide.set(
        id,
        shown.filter(({ at }) => at <= now - UNDONE_BY_POWER_MS),
      );
  }
}

class Play {
  readonly #world: World;
  readonly #pair: [Person, Person];
  readonly #on: [boolean, boolean] = [true, true];
  readonly #watch = new Watch();
  readonly #answered: [string[], string[]] = [[], []];
  /** Calls that were owed to the friend at some time. */
  readonly #owed: [Set<string>, Set<string>] = [new Set(), new Set()];
  #number = 0;

  constructor(world: World) {
    this.#world = world;
    this.#pair = [world.person('ann'), world.person('bob')];
  }

  /** @param aheadMs how far Ann's date is ahead */
  async begin(aheadMs: number): Promise<void> {
    await befriend(...this.#pair);
    this.#pair[0].clockAheadMs = aheadMs;
    await this.#pair[0].restart();
    for (const person of this.#pair) this.#listen(person);
  }

  async step(now: Step): Promise<void> {
    if ('side' in now) await this.#one(now, now.side);
    else await this.#both(now);
    for (const i of [0, 1] as const) if (this.#on[i]) this.#look(i);
  }

  /** Everybody comes up, with a link in the end or with carriers only, and all has arrived. */
  async end(link: boolean): Promise<void> {
    const carriers = this.#world.carriers!;
    carriers.down = false;
    for (const i of [0, 1] as const) this.#turnOn(i);
    if (link) this.#world.network.join(this.#pair[0].key, this.#pair[1].key);
    else this.#world.network.cut(this.#pair[0].key, this.#pair[1].key);
    carriers.retry();
    await this.#world.clock.runFor(60_000);
    // A receipt that was lost with its link is made up for by the next one.
    for (const i of [0, 1] as const) this.#send(i);
    await this.#world.clock.runFor(120_000);
    for (const i of [0, 1] as const) {
      this.#checkArrived(this.#pair[i], this.#pair[1 - i]!, this.#answered[i]);
      this.#checkCalls(this.#pair[i], this.#pair[1 - i]!, this.#owed[i]);
    }
  }

  #look(side: Side): void {
    const [person, friend] = [this.#pair[side], this.#pair[1 - side]!];
    this.#saw(person, person.chat(friend));
    for (const { callId } of owedTo(person, friend)) this.#owed[side].add(toHex(callId));
  }

  async #both(now: Exclude<Step, { side: Side }>): Promise<void> {
    const carriers = this.#world.carriers!;
    const [ann, bob] = this.#pair;
    if (now.do === 'run') await this.#world.clock.runFor(now.ms);
    else if (now.do === 'cut' || now.do === 'join') this.#world.network[now.do](ann.key, bob.key);
    else if (now.do === 'twice') carriers.duplicates = !carriers.duplicates;
    else if (now.do === 'again') carriers.retry();
    else carriers.down = now.do === 'down';
  }

  async #one(now: Extract<Step, { side: Side }>, side: Side): Promise<void> {
    const [person, friend] = [this.#pair[side], this.#pair[1 - side]!];
    if (now.do === 'on') return this.#turnOn(side);
    if (!this.#on[side]) return;
    switch (now.do) {
      case 'send':
        for (let i = 0; i < now.count; i++) this.#send(side);
        return;
      case 'read': {
        const last = person.chat(friend).at(-1);
        if (last !== undefined)
          person.messenger.messages.markRead({ friend: friend.hex, upTo: last.id }).catch(() => {});
        return;
      }
      case 'call':
        return callInVain(person, friend);
      case 'off':
        this.#on[side] = false;
        return person.crash();
      case 'crash':
        person.crashAndRestart();
        return this.#listen(person);
      case 'power':
        person.losePower();
        this.#watch.lostPower(person.name, this.#world.clock.now());
        return this.#listen(person);
      case 'restart':
        await person.restart();
        return this.#listen(person);
    }
  }

  #send(side: Side): void {
    const text = `text ${++this.#number}`;
    const sent = this.#pair[side].send(this.#pair[1 - side]!, text);
    sent.then(() => this.#answered[side].push(text)).catch(() => {});
  }

  #turnOn(side: Side): void {
    if (this.#on[side]) return;
    this.#on[side] = true;
    this.#pair[side].crashAndRestart();
    this.#listen(this.#pair[side]);
  }

  #saw(person: Person, messages: readonly MessageView[]): void {
    this.#watch.see(person.name, messages, this.#world.clock.now());
  }

  #listen(person: Person): void {
    person.messenger.onMessagesChanged((change) => this.#saw(person, change.messages));
    person.messenger.onMessagesReceived((change) => this.#saw(person, change.messages));
  }

  /** Exactly what is in the sender's history is in the receiver's, once and in order; and all that was answered is. */
  #checkArrived(sender: Person, receiver: Person, answered: readonly string[]): void {
    const out = sender.chat(receiver).filter(({ direction, call }) => direction === 'out' && call === undefined);
    const incoming = receiver.chat(sender).filter(({ direction, call }) => direction === 'in' && call === undefined);
    expect(incoming.map(({ id, text }) => `${id} ${text}`)).toEqual(out.map(({ id, text }) => `${id} ${text}`));
    const texts = out.map((message) => message.text);
    expect(texts.filter((text) => answered.includes(text))).toEqual(answered);
    for (const message of out) expect(RANKS[message.state], message.text).toBeGreaterThanOrEqual(2);
    const unread = receiver.chat(sender).filter((message) => message.state === 'received').length;
    expect(receiver.view(sender)!.unread).toBe(unread);
    for (const [i, message] of out.entries())
      if (incoming[i]!.state === 'read') expect(message.state, message.text).toBe('read');
  }

  /** What the friend was to hear of they know, once; nothing is owed or on its way any more. */
  #checkCalls(caller: Person, callee: Person, owed: ReadonlySet<string>): void {
    const calls = (person: Person, friend: Person, way: string) =>
      person.chat(friend).flatMap(({ id, direction, call }) => (call && direction === way ? [id] : []));
    const known = calls(callee, caller, 'in');
    expect(new Set(known).size).toBe(known.length);
    // A power cut may have undone a call before it was told.
    expect(known).toEqual(expect.arrayContaining(calls(caller, callee, 'out').filter((id) => owed.has(id))));
    expect(owedTo(caller, callee)).toEqual([]);
    expect(caller.store.read.mail.open().filter(({ kind }) => kind === 'missedCall')).toEqual([]);
  }
}

function callInVain(person: Person, friend: Person): void {
  const { calls } = person.messenger;
  for (const { call } of calls.list()) calls.end({ call });
  calls.end(calls.begin({ friend: friend.hex }));
}

function owedTo(person: Person, friend: Person) {
  return person.store.read.calls.owed(person.store.read.friends.byHex(friend.hex)!.id);
}

it('arrives once, in order, and its states never go back, over links and by mail, whatever breaks when', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.boolean(),
      skew,
      flush,
      async (steps, link, aheadMs, flushMs) => {
        const world = new World(testDisk(flushMs), { mail: true, carrierDelayMs: 8_000 });
        try {
          const play = new Play(world);
          await play.begin(aheadMs);
          for (const now of steps) await play.step(now);
          await play.end(link);
        } finally {
          world.close();
        }
      },
    ),
    { numRuns: 25 },
  );
}, 240_000);
