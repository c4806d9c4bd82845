import { PASS_BYTES } from '../codec/limits.ts';
import { equalBytes } from '../ids/bytes.ts';
import type { Random } from '../ports/random.ts';
import { BoundedMap } from './bounded-map.ts';
import type { KnownContact } from './contact.ts';

/** Nodes whose passes are remembered: a few roots for each position. */
const REMEMBERED = 64;
/** The first may lack a proof of our address, the second the pass. */
const ATTEMPTS = 3;
const NO_PASS = new Uint8Array(PASS_BYTES);

/**
 * What is noted of a sender (its registration, its wish to collect) is changed or ended only by a request with the pass that
 * the last reply brought, and once: so a packet that somebody saw and sends again in the sender's name changes nothing. No
 * clock is asked, and neither side needs to know anything from before its start.
 */
export function newPass(random: Random): Uint8Array {
  return random.bytes(PASS_BYTES);
}

interface Answer {
  /** 0 when the request was refused. */
  readonly accepted: number;
  readonly token: Uint8Array | undefined;
  readonly pass: Uint8Array;
}

/** The passes that other nodes gave us. */
export class Passes {
  readonly #passes = new BoundedMap<string, Uint8Array>(REMEMBERED);

  /** Asks again when the answer brought what was lacking. `send` is called before this returns. */
  async ask<A extends Answer>(
    to: KnownContact,
    send: (pass: Uint8Array) => Promise<A | undefined>,
  ): Promise<A | undefined> {
    for (let attempt = 1; ; attempt++) {
      const pass = this.#passes.get(to.name) ?? NO_PASS;
      const answer = await send(pass);
      if (answer === undefined) return undefined;
      this.#passes.set(to.name, answer.pass.slice());
      const lacked = answer.token !== undefined || !equalBytes(answer.pass, pass);
      if (answer.accepted !== 0 || !lacked || attempt === ATTEMPTS) return answer;
    }
  }
}
