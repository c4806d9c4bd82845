import type { RunningCore } from '../../core/node/core-factory.ts';
import { sharedNow } from '../measure.ts';

export interface FlowArgs {
  readonly friend: string;
  /** Bytes of each text. */
  readonly size: number;
  /** Most messages without a receipt; undefined: as fast as the core accepts them. */
  readonly window?: number;
  readonly seconds: number;
  readonly drainSeconds: number;
}

export interface FlowResult {
  readonly sent: number;
  /** Receipts that came within the sending time, and that time. */
  readonly deliveredInTime: number;
  readonly seconds: number;
  /** All receipts, and the time until the last one. */
  readonly delivered: number;
  readonly totalSeconds: number;
}

/** Calls under way that the core has not yet written to its database: what a busy program may have open. */
const MAX_UNACCEPTED = 1_000;
const LOOK_AGAIN_MS = 100;

/** Sends numbered messages for some seconds, then waits until all are delivered. */
export async function runFlow(core: RunningCore, args: FlowArgs): Promise<FlowResult> {
  const { friend, size, window = Number.POSITIVE_INFINITY, seconds, drainSeconds } = args;
  const filler = 'x'.repeat(size);
  let sent = 0;
  let accepted = 0;
  let delivered = 0;
  let wake: () => void = () => {};
  const end = core.onEvent((event) => {
    if (event.name !== 'messages.changed') return;
    for (const { state } of event.payload.messages) if (state === 'delivered') delivered++;
    wake();
  });
  const pause = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LOOK_AGAIN_MS);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const send = core.handlers['messages.send'];
  const taken = () => {
    accepted++;
    wake();
  };
  const startedAt = sharedNow();
  const stopAt = startedAt + seconds * 1_000;
  while (sharedNow() < stopAt) {
    while (sent - delivered < window && sent - accepted < MAX_UNACCEPTED) {
      const text = `${sent++} ${filler}`.slice(0, size);
      void (send({ friend, text }) as Promise<unknown>).then(taken);
    }
    await pause();
    // Accepting takes no turn of the event loop, so a caller inside of it would starve the node of its packets.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const inTime = { deliveredInTime: delivered, seconds: (sharedNow() - startedAt) / 1_000 };
  const giveUpAt = sharedNow() + drainSeconds * 1_000;
  while (delivered < sent && sharedNow() < giveUpAt) {
    await pause();
  }
  end();
  return { sent, ...inTime, delivered, totalSeconds: (sharedNow() - startedAt) / 1_000 };
}
