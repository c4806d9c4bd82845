import type { CustodyOptions, CustodyResult } from './custody-types.ts';
import { SeededRandom } from './seeded-random.ts';

/** Making the link and sending what waits, once both are up. */
const LINK_MS = 1_000;
const LIFE_MS = 14 * 86_400_000;

/**
 * Nobody but the sender keeps a message: it arrives when both happen to be up, within its life. Sender and destination
 * come and go like all computers; the sender comes back, unless it left for good.
 */
export function senderOnly(options: CustodyOptions): CustodyResult {
  const random = new SeededRandom(`${options.seed} sender only`);
  const chats = Math.ceil(options.messages / options.chatLength);
  const deliveryMs: number[] = [];
  let lost = 0;
  for (let chat = 0; chat < chats; chat++) {
    const delay = meeting(options, random);
    if (delay === undefined) lost += options.chatLength;
    else deliveryMs.push(...new Array<number>(options.chatLength).fill(delay));
  }
  deliveryMs.sort((a, b) => a - b);
  const sent = chats * options.chatLength;
  return {
    ...{ options, sent, stored: 0, lost, lostStored: 0, doubled: 0, reordered: 0, late: 0, storedMs: [], copies: [] },
    ...{ aloneMs: [], lostAloneMs: [] },
    ...{ deliveryMs, shownMs: deliveryMs },
    ...{ belowTwo: 1, withNone: 0, bytesPerMessageDay: 0, requestsPerNodeHour: 0, events: 0 },
  };
}

/** Milliseconds from the destination's first coming up until both are up; undefined when they never meet in time. */
function meeting(options: CustodyOptions, random: SeededRandom): number | undefined {
  const { sessionMs, awayMs, forGood } = options;
  const time = () => -sessionMs * Math.log(1 - random.uniform());
  const [least, most] = awayMs;
  const cameUpAt = least * (most / least) ** random.uniform();
  const sender = { up: true, until: time() };
  const receiver = { up: false, until: cameUpAt };
  for (let now = 0; now < LIFE_MS; ) {
    if (sender.up && receiver.up && Math.min(sender.until, receiver.until) - now > LINK_MS) {
      return now + LINK_MS - cameUpAt;
    }
    now = Math.min(sender.until, receiver.until);
    if (sender.until === now) {
      if (sender.up && random.chance(forGood)) return undefined;
      sender.up = !sender.up;
      sender.until = now + time();
    }
    if (receiver.until === now) {
      receiver.up = !receiver.up;
      receiver.until = now + time();
    }
  }
  return undefined;
}
