import { CONTACT_TOKEN_BYTES } from '../codec/query.ts';
import { toHex } from '../ids/bytes.ts';
import type { Random } from '../ports/random.ts';

/**
 * One token for each friend (by name): a handshake without one gets no answer and costs no arithmetic, so that a
 * stranger who knows our key and our address cannot tell us from an absent node. It ends when it has led to a link, so
 * that a captured handshake cannot be replayed.
 */
export class ContactTokens {
  readonly #random: Random;
  readonly #names = new Map<string, string>();
  readonly #tokens = new Map<string, Uint8Array>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** The friend's present token, CONTACT_TOKEN_BYTES bytes; do not write. */
  current(name: string): Uint8Array {
    return this.#tokens.get(name) ?? this.renew(name);
  }

  /** A new token for the friend; the old one ends. */
  renew(name: string): Uint8Array {
    this.revoke(name);
    const token = this.#random.bytes(CONTACT_TOKEN_BYTES);
    this.#tokens.set(name, token);
    this.#names.set(toHex(token), name);
    return token;
  }

  /** Whose token it is. The timing of a hash table tells nothing useful about 128 random bits. */
  holderOf(token: Uint8Array): string | undefined {
    return this.#names.get(toHex(token));
  }

  revoke(name: string): void {
    const token = this.#tokens.get(name);
    if (token !== undefined) this.#names.delete(toHex(token));
    this.#tokens.delete(name);
  }
}
