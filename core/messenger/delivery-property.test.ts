import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testDisk } from '../node/testing/test-disk.ts';
import type { StoredState } from '../store/types.ts';
import { befriend, type Person, World } from './testing/people.ts';
import type { MessageView } from './views.ts';

type Side = 0 | 1;
type Step =
  | { readonly do: 'send'; readonly side: Side; readonly count: number }
  | { readonly do: 'crash' | 'restart' | 'read' | 'power'; readonly side: Side }
  | { readonly do: 'cut' | 'join' }
  | { readonly do: 'disk'; readonly side: Side; readonly flushMs: number }
  | { readonly do: 'run'; readonly ms: number };

const side = fc.constantFrom<Side>(0, 1);
const step = (ends: ('crash' | 'restart' | 'read' | 'power')[]): fc.Arbitrary<Step> =>
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ do: fc.constant('send' as const), side, count: fc.integer({ min: 1, max: 4 }) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constantFrom(...ends), side }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('cut' as const, 'join' as const, 'join' as const) }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('run' as const), ms: fc.constantFrom(0, 3, 7, 11, 30, 80) }) },
  );

/** A message to somebody whose power fails before their slow disk has it; over a link, if the two are not cut off. */
const losing: fc.Arbitrary<Step[]> = fc
  .record({ side, ms: fc.constantFrom(5, 15, 25, 40, 150) })
  .map(({ side, ms }): Step[] => [
    { do: 'run', ms: 500 },
    { do: 'disk', side: side === 0 ? 1 : 0, flushMs: 100 },
    { do: 'send', side, count: 1 },
    { do: 'run', ms },
    { do: 'power', side: side === 0 ? 1 : 0 },
  ]);

const RANKS: { readonly [state in StoredState]?: number } = {
  sending: 0,
  stored: 1,
  delivered: 2,
  received: 2,
  read: 3,
};

/** The states each side was shown of each message, over all restarts. */
class Watch {
  readonly #ranks = new Map<string, number>();

  /** What a person was shown in the last moment before a power cut may be forgotten. */
  forget(who: string): void {
    for (const key of this.#ranks.keys()) if (key.startsWith(who)) this.#ranks.delete(key);
  }

  see(who: string, messages: readonly MessageView[]): void {
    for (const { id, state } of messages) {
      const rank = RANKS[state]!;
      expect(rank, `${who}: ${state}`).toBeGreaterThanOrEqual(this.#ranks.get(who + id) ?? 0);
      this.#ranks.set(who + id, rank);
    }
  }
}

/** Listens to the messenger that runs now. */
function listen(watch: Watch, person: Person): void {
  person.messenger.onMessagesChanged((change) => watch.see(person.name, change.messages));
  person.messenger.onMessagesReceived((change) => watch.see(person.name, change.messages));
}

async function play(world: World, steps: readonly Step[]): Promise<void> {
  const pair: [Person, Person] = [world.person('ann'), world.person('bob')];
  await befriend(...pair);
  const watch = new Watch();
  for (const person of pair) listen(watch, person);
  const answered: [string[], string[]] = [[], []];
  let number = 0;
  for (const now of steps) {
    switch (now.do) {
      case 'send':
        for (let i = 0; i < now.count; i++) {
          const text = `text ${++number}`;
          const sent = pair[now.side].send(pair[1 - now.side]!, text);
          sent.then(() => answered[now.side].push(text)).catch(() => {});
        }
        break;
      case 'crash':
        pair[now.side].crashAndRestart();
        listen(watch, pair[now.side]);
        break;
      case 'power':
        pair[now.side].losePower();
        watch.forget(pair[now.side].name);
        listen(watch, pair[now.side]);
        break;
      case 'restart':
        await pair[now.side].restart();
        listen(watch, pair[now.side]);
        break;
      case 'read': {
        const [person, friend] = [pair[now.side], pair[1 - now.side]!];
        const last = person.chat(friend).at(-1);
        if (last !== undefined)
          person.messenger.messages.markRead({ friend: friend.hex, upTo: last.id }).catch(() => {});
        break;
      }
      case 'cut':
        world.network.cut(pair[0].key, pair[1].key);
        break;
      case 'join':
        world.network.join(pair[0].key, pair[1].key);
        break;
      case 'disk':
        // Until its next start.
        pair[now.side].disk!.flushMs = now.flushMs;
        break;
      case 'run':
        await world.clock.runFor(now.ms);
        break;
    }
    for (const [i, person] of pair.entries()) watch.see(person.name, person.chat(pair[1 - i]!));
  }
  world.network.join(pair[0].key, pair[1].key);
  await world.clock.runFor(2_000);
  const powerCuts = steps.some((now) => now.do === 'power');
  for (const from of [0, 1] as const)
    checkArrived({ sender: pair[from], receiver: pair[1 - from]!, powerCuts }, answered[from]);
}

/**
 * What is in the sender's history is in the receiver's, once and in order; and all that was answered is. Only a power
 * cut of the sender may leave the receiver with more.
 */
function checkArrived(
  { sender, receiver, powerCuts }: { sender: Person; receiver: Person; powerCuts: boolean },
  answered: readonly string[],
): void {
  const out = sender.chat(receiver).filter((message) => message.direction === 'out');
  const all = receiver.chat(sender).filter((message) => message.direction === 'in');
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  const incoming = powerCuts ? all.filter(({ id }) => out.some((message) => message.id === id)) : all;
  expect(incoming.map(({ id, text }) => `${id} ${text}`)).toEqual(out.map(({ id, text }) => `${id} ${text}`));
  const texts = out.map((message) => message.text);
  expect(texts.filter((text) => answered.includes(text))).toEqual(answered);
  for (const message of out) expect(RANKS[message.state]).toBeGreaterThanOrEqual(2);
  const { read } = sender.store;
  expect(read.messages.outbox(read.friends.byHex(receiver.hex)!.id, 0, 9)).toEqual([]);
  const unread = all.filter((message) => message.state === 'received').length;
  expect(receiver.view(sender)!.unread).toBe(unread);
}

async function playAll(steps: fc.Arbitrary<Step[]>, flushMs: fc.Arbitrary<number | undefined>): Promise<void> {
  await fc.assert(
    fc.asyncProperty(steps, flushMs, async (now, ms) => {
      const world = new World(testDisk(ms));
      try {
        await play(world, now);
      } finally {
        world.close();
      }
    }),
    { numRuns: 50 },
  );
}

describe('a message', () => {
  it('arrives exactly once and in order, and its states never go back, whatever breaks when', () =>
    playAll(
      fc.array(step(['crash', 'restart', 'read']), { maxLength: 40 }),
      fc.constantFrom(undefined, undefined, 2, 7, 25),
    ));

  it('that was answered survives power cuts of both sides while their disks work, and is known by no other number', () =>
    playAll(
      fc
        .array(
          fc.oneof({ weight: 9, arbitrary: step(['power', 'restart', 'read', 'power']).map((one) => [one]) }, losing),
          {
            maxLength: 40,
          },
        )
        .map((steps) => steps.flat()),
      fc.constantFrom(2, 7, 25),
    ));
});
