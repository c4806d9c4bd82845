/** An event whose default can be prevented. */
export class DoubleEvent {
  prevented = false;
  readonly #more: object;
  constructor(more: object = {}) {
    this.#more = more;
    Object.assign(this, more);
  }
  preventDefault(): void {
    this.prevented = true;
  }
  get more(): object {
    return this.#more;
  }
}
