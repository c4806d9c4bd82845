import { decode } from '../codec/layout.ts';
import { friendRequest } from '../codec/messages.ts';
import { equalBytes, type InviteTag, type ProfileKey, toHex } from '../ids/bytes.ts';
import type { Introduction } from '../link/types.ts';
import type { RequestRow, StoreReads, StoreWrites } from '../store/types.ts';
import type { Changes } from './changes.ts';
import type { Commits } from './commits.ts';
import type { DropCounts } from './context.ts';
import { MessengerError } from './errors.ts';
import { keyBytes, readKeyHex } from './friend-argument.ts';
import { oneLine, severalLines } from './text.ts';

/** Requests that wait for an answer; a new one drops the oldest. */
export const MAX_WAITING_REQUESTS = 200;
/** Ignored people remembered, so that their repetitions stay silent. */
const MAX_IGNORED_REQUESTS = 1_000;

export interface RequestInboxParts {
  readonly read: StoreReads;
  readonly commits: Commits;
  readonly changes: Changes;
  readonly drops: DropCounts;
  readonly self: ProfileKey;
  /** Somebody we know wrote: answer them over a link. */
  readonly knownPerson: (key: ProfileKey, home: Uint8Array) => void;
  readonly wall: () => number;
}

/** Friend requests of others. */
export class RequestInbox {
  readonly #parts: RequestInboxParts;

  constructor(parts: RequestInboxParts) {
    this.#parts = parts;
  }

  /** One that can be understood waits from now on, unless we know the person or said to ignore them. */
  receive({ from, payload }: Introduction): void {
    const decoded = decode(friendRequest, payload);
    if (!decoded.ok) return this.#parts.drops.count('introduction-malformed');
    const { read, self, wall } = this.#parts;
    if (equalBytes(from, self)) return this.#parts.drops.count('introduction-own');
    const friend = read.friends.byHex(toHex(from));
    if (friend !== undefined && friend.removedAt === undefined) {
      if (friend.state === 'blocked') this.#parts.drops.count('introduction-blocked');
      else this.#parts.knownPerson(from, decoded.value.home.slice());
      return;
    }
    const { name, greeting, tag, home } = decoded.value;
    this.#store({
      key: from.slice() as ProfileKey,
      tag: tag.slice() as InviteTag,
      home: home.slice(),
      name: oneLine(name),
      greeting: severalLines(greeting),
      receivedAt: wall(),
    });
  }

  /** Those that wait, oldest first. */
  waiting(): RequestRow[] {
    return this.#parts.read.requests.waiting();
  }

  /** @throws {MessengerError} `unknown-request`, `bad-public-id` */
  find(text: string): RequestRow {
    const row = this.#parts.read.requests.byKey(keyBytes(readKeyHex(text)));
    if (row === undefined || row.ignored)
      throw new MessengerError('unknown-request', 'There is no friend request of this person.');
    return row;
  }

  /** @throws {MessengerError} `unknown-request`, `bad-public-id` */
  async ignore(text: string): Promise<void> {
    const { key } = this.find(text);
    await this.#parts.commits.carryOut(
      (write) => write.requests.setIgnored(key, true),
      () => this.#parts.changes.request(key),
    );
  }

  /** @throws {MessengerError} `nothing-to-undo`, `bad-public-id` */
  async undoIgnore(text: string): Promise<void> {
    const key = keyBytes(readKeyHex(text));
    const wait = (write: StoreWrites) => {
      if (write.requests.byKey(key)?.ignored !== true)
        throw new MessengerError('nothing-to-undo', 'There is no request of this person that is ignored.');
      write.requests.setIgnored(key, false);
    };
    await this.#parts.commits.carryOut(wait, () => this.#parts.changes.request(key));
  }

  /** Changes nothing, and costs no write, when it says the same again. */
  #store(request: Omit<RequestRow, 'ignored'>): void {
    const known = this.#parts.read.requests.byKey(request.key);
    if (known !== undefined && sameWords(known, request)) return;
    this.#parts.commits.add(
      (write) => putRequest(write, request),
      (outcome) => {
        if (!outcome.ok) return this.#parts.drops.count('introduction-not-stored');
        for (const key of outcome.value) this.#parts.changes.request(key);
      },
    );
  }
}

/** @returns keys of requests that came, changed or went. */
function putRequest(write: StoreWrites, request: Omit<RequestRow, 'ignored'>): ProfileKey[] {
  write.requests.put(request);
  const dropped = write.requests.trim({ waiting: MAX_WAITING_REQUESTS, ignored: MAX_IGNORED_REQUESTS });
  return write.requests.byKey(request.key)?.ignored ? dropped : [...dropped, request.key];
}

function sameWords(a: Omit<RequestRow, 'ignored'>, b: Omit<RequestRow, 'ignored'>): boolean {
  const sameHome = a.home !== undefined && b.home !== undefined && equalBytes(a.home, b.home);
  return a.name === b.name && a.greeting === b.greeting && equalBytes(a.tag, b.tag) && sameHome;
}
