import { hash32, type ProfileKeyPair, profileKeyPairFromSeed } from '../crypto/crypto.ts';
import type { InviteKeys } from '../crypto/invite-key.ts';
import { type ProfileKey, toHex } from '../ids/bytes.ts';
import { type Place, placeOf } from '../link/identity.ts';
import type { FriendRow } from '../store/types.ts';
import type { DeriveInvite } from './derivations.ts';

const MAX_KEPT = 10_000;

type Known = Pick<FriendRow, 'key' | 'tag' | 'home'>;

/** Where somebody is found, and what those who know that sign with what they leave there. */
export interface KnownPlace extends Place {
  readonly pair: ProfileKeyPair;
}

/** Signs what those leave at somebody's home who know where it is and were not handed the friend key yet. */
export function homeKeyPair(home: Uint8Array): ProfileKeyPair {
  return profileKeyPairFromSeed(hash32('home mail', home));
}

/** Finds people: at home once they told where that is, before at the door that follows from their public ID. */
export class Places {
  readonly #derive: DeriveInvite;
  readonly #invites = new Map<string, Promise<InviteKeys>>();
  readonly #doors = new Map<string, InviteKeys>();
  readonly #places = new Map<string, KnownPlace | undefined>();

  /** @param derive must not reject */
  constructor(derive: DeriveInvite) {
    this.#derive = derive;
  }

  /** What follows from a public ID; derived once. */
  readonly invite: DeriveInvite = (id) => {
    const name = nameOf(id);
    return remember(this.#invites, name, async () => {
      const keys = await this.#derive(id);
      this.#doors.set(name, keys);
      return keys;
    });
  };

  /** Resolves when `of` knows the place, unless the key is none. */
  async prepare(person: Known): Promise<void> {
    if (person.home === undefined) await this.invite(person);
  }

  /** Undefined before `prepare`, and where the key is none. */
  of({ key, tag, home }: Known): KnownPlace | undefined {
    if (home !== undefined) return this.#place(key, home, () => homeKeyPair(home));
    const keys = this.#doors.get(nameOf({ key, tag }));
    return keys && this.#place(key, keys.door, () => keys.pair);
  }

  #place(key: ProfileKey, secret: Uint8Array, pair: () => ProfileKeyPair): KnownPlace | undefined {
    return remember(this.#places, toHex(key) + toHex(secret), () => {
      const place = placeOf(key, secret);
      return place && { ...place, pair: pair() };
    });
  }
}

function nameOf({ key, tag }: { readonly key: Uint8Array; readonly tag: Uint8Array }): string {
  return toHex(key) + toHex(tag);
}

function remember<T>(map: Map<string, T>, name: string, make: () => T): T {
  if (map.has(name)) return map.get(name)!;
  if (map.size >= MAX_KEPT) map.clear();
  const value = make();
  map.set(name, value);
  return value;
}
