import type { CallView, ProfileView } from '../core/api/views.ts';
import type { Clock } from '../core/ports/clock.ts';

/** How long a test in the settings may open the microphone after it was asked for. */
export const TEST_MS = 30_000;

/**
 * When the page may open the microphone: while a call that the person began or took is being set up or runs, and for a
 * short time after a test in the settings was asked for. Somebody who merely calls opens nothing.
 */
export class MicrophoneGate {
  readonly #clock: Clock;
  readonly #calls = new Set<string>();
  #testUntil = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get open(): boolean {
    return this.inCall || this.#clock.now() < this.#testUntil;
  }

  /** A call that the person began or took is being set up or runs. */
  get inCall(): boolean {
    return this.#calls.size > 0;
  }

  callChanged({ call, state }: Pick<CallView, 'call' | 'state'>): void {
    if (state === 'ended' || state === 'ringing') this.#calls.delete(call);
    else this.#calls.add(call);
  }

  /** A profile that is locked in the middle of a call tells nothing of it any more. */
  profileChanged({ state }: Pick<ProfileView, 'state'>): void {
    if (state !== 'open') this.#calls.clear();
  }

  allowTest(): void {
    this.#testUntil = this.#clock.now() + TEST_MS;
  }
}
