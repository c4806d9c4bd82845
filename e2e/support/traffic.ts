import type { EventPayload } from '../../core/api/contract.ts';
import type { MessageState, MessageView } from '../../core/api/views.ts';
import { friendOf, type Person } from './people.ts';
import { between, seeded } from './random.ts';
import { until } from './until.ts';

const RANK: Record<MessageState, number> = {
  sending: 0,
  stored: 1,
  delivered: 2,
  read: 3,
  received: 2,
  expired: 4,
  failed: 4,
};
/** Requests under way at once, as a fast writer or a script would have. */
const PIPELINE = 16;
const PAGE = 500;

export interface TrafficOptions {
  readonly seed: number;
  /** Messages to be sent. */
  readonly count: number;
  readonly sender: Person;
  readonly receiver: Person;
}

/**
 * Sends numbered messages while either side is killed at moments that the seed chooses, counted in messages. Watches
 * every state that either node tells, over all its lives, and notes what must never happen.
 */
export class Traffic {
  sender: Person;
  receiver: Person;
  restart: (person: Person) => Promise<Person> = async (person) => person;
  readonly violations: string[] = [];
  readonly #count: number;
  readonly #random: () => number;
  readonly #ranks = new Map<string, number>();
  /** IDs the sender's node answered with: shown as sent. */
  readonly #answered = new Map<string, string>();
  readonly #received = new Map<string, string>();
  readonly #kills = { sender: 0, receiver: 0 };
  #next = 0;
  #unclear = 0;

  constructor({ seed, count, sender, receiver }: TrafficOptions) {
    this.#count = count;
    this.#random = seeded(seed);
    this.sender = sender;
    this.receiver = receiver;
    this.#watch(sender);
    this.#watch(receiver);
  }

  /** The texts in the order in which they were sent. */
  texts(): string[] {
    return Array.from({ length: this.#count }, (_, index) => textOf(index));
  }

  summary(): string {
    const { sender, receiver } = this.#kills;
    return `sender killed ${sender} times, receiver ${receiver} times, ${this.#unclear} requests cut off by a kill`;
  }

  async run(): Promise<void> {
    while (this.#next < this.#count) {
      const goal = Math.min(this.#count, this.#next + between(this.#random, 80, 420));
      const whom = this.#random() < 0.5 ? ('sender' as const) : ('receiver' as const);
      const both = this.#random() < 0.2;
      // At some point on the way; what is under way then is cut off.
      const killAt = between(this.#random, this.#next, goal);
      const killing = this.#killWhen(whom, killAt);
      await this.#sendUpTo(goal);
      await killing;
      if (both) await this.#kill(whom === 'sender' ? 'receiver' : 'sender');
      await this.#check();
    }
    await until(
      'everything is delivered',
      async () => {
        const friend = await friendOf(this.sender, this.receiver);
        return friend.lastMessage?.text === textOf(this.#count - 1) && friend.lastMessage.state === 'delivered';
      },
      60_000,
    );
    await this.#check();
  }

  /** The whole chat as `person` has it, oldest first. */
  async everyMessage(person: Person, other: Person): Promise<MessageView[]> {
    const all: MessageView[] = [];
    for (;;) {
      const before = all[0] === undefined ? {} : { before: all[0].order };
      const page = await person.node.client.call('messages.list', { friend: other.key, limit: PAGE, ...before });
      if (page.length === 0) return all;
      all.unshift(...page);
    }
  }

  /** Sends what is missing, in order, through however many lives of the sender. */
  async #sendUpTo(goal: number): Promise<void> {
    while (this.#next < goal) {
      const { node } = this.sender;
      const batch = Array.from({ length: Math.min(PIPELINE, goal - this.#next) }, (_, i) => this.#next + i);
      const friend = this.receiver.key;
      const done = await Promise.allSettled(
        batch.map((index) => node.client.call('messages.send', { friend, text: textOf(index) })),
      );
      done.forEach((outcome, i) => {
        if (outcome.status === 'fulfilled') this.#answered.set(outcome.value.id, textOf(batch[i]!));
      });
      if (done.every(({ status }) => status === 'fulfilled')) this.#next += batch.length;
      else await this.#afterKill(node);
    }
  }

  /** A request that got no answer may or may not have been taken: the new life of the node knows. */
  async #afterKill(dead: Person['node']): Promise<void> {
    await until('the sender is up again', () => this.sender.node !== dead);
    const last = (await friendOf(this.sender, this.receiver)).lastMessage;
    const taken = last === null ? 0 : indexOf(last.text) + 1;
    this.#unclear++;
    this.#next = taken;
  }

  async #killWhen(whom: 'sender' | 'receiver', index: number): Promise<void> {
    const seen = (): number => (whom === 'sender' ? this.#answered.size : this.#received.size);
    await until('the moment to kill', () => seen() >= index || this.#next >= index, 60_000);
    await this.#kill(whom);
  }

  async #kill(whom: 'sender' | 'receiver'): Promise<void> {
    this.#kills[whom]++;
    await this[whom].node.kill();
    this[whom] = await this.restart(this[whom]);
    this.#watch(this[whom]);
  }

  /** Everything that was shown before we asked is there, and no state went back. */
  async #check(): Promise<void> {
    const shown = { sent: new Map(this.#answered), received: new Map(this.#received), ranks: new Map(this.#ranks) };
    const sent = await this.everyMessage(this.sender, this.receiver);
    const arrived = await this.everyMessage(this.receiver, this.sender);
    this.#missing(shown.sent, sent, 'sent');
    this.#missing(shown.received, arrived, 'received');
    for (const message of sent) this.#compare(message, shown.ranks);
    const stored = new Set(arrived.map(({ id }) => id));
    for (const { id, text, state } of sent) {
      if (RANK[state] >= RANK.delivered && !stored.has(id)) this.violations.push(`delivered but not there: ${text}`);
    }
  }

  #missing(shown: ReadonlyMap<string, string>, messages: readonly MessageView[], what: string): void {
    const there = new Set(messages.map(({ id }) => id));
    for (const [id, text] of shown) if (!there.has(id)) this.violations.push(`${what} and lost: ${text}`);
  }

  #watch({ node }: Person): void {
    node.client.on('messages.changed', ({ messages }: EventPayload<'messages.changed'>) => {
      for (const message of messages) {
        this.#compare(message, this.#ranks);
        this.#ranks.set(message.id, RANK[message.state]);
      }
    });
    node.client.on('messages.received', ({ messages }: EventPayload<'messages.received'>) => {
      for (const { id, text } of messages) {
        if (this.#received.has(id)) this.violations.push(`received twice: ${text}`);
        this.#received.set(id, text);
      }
    });
  }

  #compare({ id, text, state }: MessageView, ranks: ReadonlyMap<string, number>): void {
    const before = ranks.get(id);
    if (before !== undefined && RANK[state] < before) this.violations.push(`went back to ${state}: ${text}`);
  }
}

function textOf(index: number): string {
  return `message ${String(index).padStart(5, '0')}`;
}

function indexOf(text: string): number {
  return Number(text.slice('message '.length));
}
