/** Something that happens at a virtual time. `sequence` keeps events of one time in the order they were planned. */
export interface SimEvent {
  time: number;
  sequence: number;
  /** No longer wanted; it stays in the heap until its time or the next clean-up. */
  readonly cancelled: boolean;
  /** Returns true when code under test ran, so that its promises must get their turn. */
  fire(): boolean;
}

function isBefore(a: SimEvent, b: SimEvent): boolean {
  return a.time < b.time || (a.time === b.time && a.sequence < b.sequence);
}

/** Binary heap, earliest event first. */
export class EventHeap {
  #events: SimEvent[] = [];

  get size(): number {
    return this.#events.length;
  }

  peek(): SimEvent | undefined {
    return this.#events[0];
  }

  push(event: SimEvent): void {
    const events = this.#events;
    let at = events.length;
    events.push(event);
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = events[parentAt]!;
      if (!isBefore(event, parent)) break;
      events[at] = parent;
      at = parentAt;
    }
    events[at] = event;
  }

  pop(): SimEvent | undefined {
    const events = this.#events;
    const first = events[0];
    const last = events.pop();
    if (last !== undefined && events.length > 0) this.#sink(last, 0);
    return first;
  }

  /** Drops cancelled events; worth its linear time when they are many. */
  clean(): void {
    this.#events = this.#events.filter((event) => !event.cancelled);
    for (let at = (this.#events.length >> 1) - 1; at >= 0; at--) this.#sink(this.#events[at]!, at);
  }

  #sink(event: SimEvent, from: number): void {
    const events = this.#events;
    const half = events.length >> 1;
    let at = from;
    while (at < half) {
      let childAt = 2 * at + 1;
      if (childAt + 1 < events.length && isBefore(events[childAt + 1]!, events[childAt]!)) childAt++;
      if (!isBefore(events[childAt]!, event)) break;
      events[at] = events[childAt]!;
      at = childAt;
    }
    events[at] = event;
  }
}
