import type { ApiEvent } from '../../core/api/contract.ts';

export interface ReceiverReport {
  readonly count: number;
  /** Messages whose number did not follow the one before: lost, doubled or out of order. */
  readonly misplaced: number;
}

/** Counts the numbered messages of a flow and checks their order. */
export class Receiver {
  #count = 0;
  #misplaced = 0;
  #next = 0;

  take(event: ApiEvent): void {
    if (event.name !== 'messages.received') return;
    for (const { text } of event.payload.messages) {
      const number = Number.parseInt(text, 10);
      if (Number.isNaN(number)) continue;
      this.#count++;
      if (number !== this.#next) this.#misplaced++;
      this.#next = number + 1;
    }
  }

  report(): ReceiverReport {
    return { count: this.#count, misplaced: this.#misplaced };
  }
}
