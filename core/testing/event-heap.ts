/** Something that happens at a virtual time. `sequence` keeps events of one time in the order they were planned. */
export interface SimEvent {
  time: number;
  sequence: number;
  /** No longer wanted; it stays in the heap until its time or the next clean-up. */
  readonly cancelled: boolean;
  /** Returns true when code under test ran, so that its promises must get their turn. */
  fire(): boolean;
}

/** Binary heap, earliest event first. */
export class EventHeap {
  #events: SimEvent[] = [];
  /** Of the events, by place: comparing these reads no other memory, which is most of the time of a large heap. */
  #times: number[] = [];

  get size(): number {
    return this.#events.length;
  }

  peek(): SimEvent | undefined {
    return this.#events[0];
  }

  push(event: SimEvent): void {
    let at = this.#events.length;
    this.#events.push(event);
    this.#times.push(event.time);
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      if (!this.#isBefore(event, parentAt)) break;
      this.#move(parentAt, at);
      at = parentAt;
    }
    this.#put(event, at);
  }

  pop(): SimEvent | undefined {
    const first = this.#events[0];
    const last = this.#events.pop();
    this.#times.pop();
    if (last !== undefined && this.#events.length > 0) this.#sink(last, 0);
    return first;
  }

  /** Drops cancelled events; worth its linear time when they are many. */
  clean(): void {
    this.#events = this.#events.filter((event) => !event.cancelled);
    this.#times = this.#events.map(({ time }) => time);
    for (let at = (this.#events.length >> 1) - 1; at >= 0; at--) this.#sink(this.#events[at]!, at);
  }

  #sink(event: SimEvent, from: number): void {
    const half = this.#events.length >> 1;
    let at = from;
    while (at < half) {
      let childAt = 2 * at + 1;
      if (childAt + 1 < this.#events.length && this.#comesFirst(childAt + 1, childAt)) childAt++;
      if (this.#isBefore(event, childAt)) break;
      this.#move(childAt, at);
      at = childAt;
    }
    this.#put(event, at);
  }

  #put(event: SimEvent, at: number): void {
    this.#events[at] = event;
    this.#times[at] = event.time;
  }

  #move(from: number, to: number): void {
    this.#events[to] = this.#events[from]!;
    this.#times[to] = this.#times[from]!;
  }

  #comesFirst(at: number, otherAt: number): boolean {
    const time = this.#times[at]!;
    const other = this.#times[otherAt]!;
    return time < other || (time === other && this.#events[at]!.sequence < this.#events[otherAt]!.sequence);
  }

  /** No two events have the same sequence, so one of two is always before the other. */
  #isBefore({ time, sequence }: SimEvent, otherAt: number): boolean {
    const other = this.#times[otherAt]!;
    return time < other || (time === other && sequence < this.#events[otherAt]!.sequence);
  }
}
