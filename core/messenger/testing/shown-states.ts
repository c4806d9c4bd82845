import { expect } from 'vitest';
import { fromHex } from '../../ids/bytes.ts';
import type { StoredState } from '../../store/types.ts';
import type { MessageView } from '../views.ts';
import type { Person } from './people.ts';

/** Later states are higher. */
export const RANKS: { readonly [state in StoredState]?: number } = {
  sending: 0,
  stored: 1,
  delivered: 2,
  received: 2,
  read: 3,
};

/**
 * The states each side was shown of each message, over all restarts: they never go back. What is shown as delivered and
 * still waits in the database is so by word of a friend whose disk works (`Arrivals`): it holds as long as the link, so
 * it counts as waiting.
 */
export class ShownStates {
  readonly #ranks = new Map<string, number>();

  /** What a person was shown in the last moment before a power cut may be forgotten. */
  forget(who: string): void {
    for (const key of this.#ranks.keys()) if (key.startsWith(who)) this.#ranks.delete(key);
  }

  see({ name, store }: Person, messages: readonly MessageView[]): void {
    for (const { id, state, direction } of messages) {
      const rank = RANKS[state]!;
      expect(rank, `${name}: ${state}`).toBeGreaterThanOrEqual(this.#ranks.get(name + id) ?? 0);
      const row = direction === 'out' ? store.read.messages.outgoingByMessageId(fromHex(id)!) : undefined;
      this.#ranks.set(name + id, Math.min(rank, row?.state ?? rank));
    }
  }

  /** Listens to the messenger that runs now. */
  listenTo(person: Person): void {
    person.messenger.onMessagesChanged((change) => this.see(person, change.messages));
    person.messenger.onMessagesReceived((change) => this.see(person, change.messages));
  }
}
