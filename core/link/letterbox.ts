import { LETTER_NONCE_BYTES, type LetterBody, MAX_ENDPOINTS, type Whereabouts } from '../codec/query.ts';
import { blindedSigner } from '../crypto/blinded-key.ts';
import { constantTimeEqual, toBoxPublicKey } from '../crypto/crypto.ts';
import type { Overlay, Registration, RoutedMessage } from '../dht/types.ts';
import { canBePeer } from '../ids/address.ts';
import { equalBytes, type InviteTag, type NodeId, type ProfileKey, toHex } from '../ids/bytes.ts';
import { RateLimit } from '../net/rate-limit.ts';
import type { DropCounter } from '../net/transport.ts';
import type { Clock } from '../ports/clock.ts';
import type { Endpoint } from '../ports/network.ts';
import type { Random } from '../ports/random.ts';
import type { LinkIdentity } from './identity.ts';
import { type OpenedLetter, openLetter, type Recipient, sealLetter } from './letter.ts';
import { RecentSet } from './recent-set.ts';
import type { Introduction, Invited, OwnDoor } from './types.ts';

/** A query counts as fresh by its time within these bounds; beyond them its sender must prove freshness by a nonce. */
export const FRESH_MS = 600_000;
/** Questions wait ten seconds for whoever is about to come up, so those may be so much older than we are. */
const BEFORE_START_MS = 15_000;
/** Introductions come from people we cannot ask back, so computers with a wrong date get more room. */
const INTRODUCTION_FRESH_MS = 2 * 86_400_000;
/**
 * Letters to each of our positions; opening one takes about 0.1 ms, so strangers can take 5 % of a core at most. They know the
 * door only, and shall not use up the share of those who know our home.
 */
const LETTERS = { perSecond: 500, burst: 1_000, maxSources: 2 };
const INTRODUCTIONS = { perSecond: 5, burst: 20, maxSources: 1 };
const QUERIES_OF_A_FRIEND = { perSecond: 2, burst: 20, maxSources: 1_024 };
const COUNTER_QUERIES = { perSecond: 0.1, burst: 2, maxSources: 1_024 };
/** Answers are taken this long, as long as the overlay brings them. */
const ANSWER_WAIT_MS = 30_000;
const MAX_ANSWERS_OPENED = 4;
const SEEN_LETTERS = 8_192;

/** What the letterbox knows of a friend. One object per friend for as long as it is one. */
export interface Correspondent extends Recipient {
  /** The profile key in hexadecimal. */
  readonly name: string;
  /** Where letters find them: at home, or at their door as long as they have not told us where that is. */
  readonly position: NodeId | undefined;
}

export interface LetterboxHost {
  friend(key: ProfileKey): Correspondent | undefined;
  /** The token that lets this friend begin a handshake with us. */
  tokenFor(friend: Correspondent): Uint8Array;
  /** The friend told where it is: it asked for us, or answered our question. */
  located(friend: Correspondent, whereabouts: Whereabouts, how: 'asked' | 'answered'): void;
  introduced(introduction: Introduction): void;
}

export interface LetterboxOptions {
  readonly identity: LinkIdentity;
  readonly overlay: Overlay;
  readonly clock: Clock;
  readonly random: Random;
  readonly drops: DropCounter;
  readonly host: LetterboxHost;
}

interface Question {
  readonly friend: Correspondent;
  readonly askedAt: number;
  answersOpened: number;
  answered: boolean;
}

/**
 * Endpoint queries, their answers, and introductions (L:18, L:19). To anybody who is no friend it is silent: a stranger's
 * query costs us one opened box and a look into the friend list, and leaves nothing behind.
 *
 * Freshness. An answer goes back on the way the query came, and only the asker can read it; but a carrier that replays
 * a captured query would see that somebody answers. So a query is answered if its nonce is new and its time within
 * FRESH_MS of ours, and not before our start, when we may have seen the nonce. If only the time is wrong (replayed
 * after our restart, or a computer with a wrong clock) we do not answer; we ask the friend, at the friend's own position,
 * and name the nonce of the doubtful query. Only the friend can tell that this is a reply to its question, and then
 * answers ours. So friends with clocks wrong by days find each other one round trip later, and who replays sees nothing.
 */
export class Letterbox {
  readonly #options: LetterboxOptions;
  readonly #letters: RateLimit;
  readonly #introductions: RateLimit;
  readonly #queries: RateLimit;
  readonly #counterQueries: RateLimit;
  readonly #seen: RecentSet;
  readonly #startedAt: number;
  readonly #questions = new Map<string, Question>();
  #tag: InviteTag | undefined;
  #doorSecret: Uint8Array | undefined;
  #home: Registration | undefined;
  #door: Registration | undefined;

  constructor(options: LetterboxOptions) {
    this.#options = options;
    const { clock } = options;
    this.#letters = new RateLimit({ clock, ...LETTERS });
    this.#introductions = new RateLimit({ clock, ...INTRODUCTIONS });
    this.#queries = new RateLimit({ clock, ...QUERIES_OF_A_FRIEND });
    this.#counterQueries = new RateLimit({ clock, ...COUNTER_QUERIES });
    this.#startedAt = clock.now();
    this.#seen = new RecentSet(clock, { keepMs: INTRODUCTION_FRESH_MS, limit: SEEN_LETTERS });
  }

  /** Registers our positions; resolves when friends' letters can reach us. Idempotent. */
  start(): Promise<void> {
    const { overlay, identity } = this.#options;
    this.#home ??= overlay.register(identity.home, (message) => this.#receive(message, 'home'));
    this.#openDoor();
    return this.#home.ready;
  }

  stop(): void {
    this.#home?.close();
    this.#home = undefined;
    this.#door?.close();
    this.#door = undefined;
    this.#questions.clear();
  }

  /** Where introductions come from now on, and the tag they must carry; undefined: none is taken. */
  setDoor(door: OwnDoor | undefined): void {
    this.#tag = door?.tag.slice() as InviteTag | undefined;
    this.#doorSecret = door?.secret;
    this.#door?.close();
    this.#door = undefined;
    if (this.#home !== undefined) this.#openDoor();
  }

  #openDoor(): void {
    if (this.#doorSecret === undefined || this.#door !== undefined) return;
    const { overlay, identity } = this.#options;
    const claim = blindedSigner(identity.profile.secretKey, this.#doorSecret);
    this.#door = overlay.register(claim, (message) => this.#receive(message, 'door'));
  }

  /** Asks where the friend is; the answer comes through the host. False when no node took the question. */
  async ask(friend: Correspondent, inReplyTo?: Uint8Array): Promise<boolean> {
    const { clock, random, overlay } = this.#options;
    const { position } = friend;
    if (position === undefined) return false;
    this.#forgetQuestions();
    const nonce = random.bytes(LETTER_NONCE_BYTES);
    const payload = this.#seal(friend, { kind: 'query', body: this.#whereabouts(friend, nonce, inReplyTo) });
    if (payload === undefined) return false;
    const question: Question = { friend, askedAt: clock.now(), answersOpened: 0, answered: false };
    this.#questions.set(toHex(nonce), question);
    return overlay.route(position, payload, {
      onAnswer: (answer) => this.#answered(question, nonce, answer),
    });
  }

  /** Routes an introduction to anybody. False when no node took it or the key is none. @throws {RangeError} on lengths. */
  async introduce({ profile, tag, position }: Invited, payload: Uint8Array): Promise<boolean> {
    const { clock, random, overlay } = this.#options;
    const box = toBoxPublicKey(profile);
    if (box === undefined) return false;
    const nonce = random.bytes(LETTER_NONCE_BYTES);
    const body = { nonce, wallMs: wallMs(clock), tag, payload };
    const sealed = this.#seal({ profile, box }, { kind: 'introduction', body });
    return sealed !== undefined && overlay.route(position, sealed);
  }

  #seal(to: Recipient, body: LetterBody): Uint8Array | undefined {
    return sealLetter(this.#options, to, body);
  }

  #whereabouts(friend: Correspondent, nonce: Uint8Array, inReplyTo: Uint8Array | undefined): Whereabouts {
    const { clock, overlay, host } = this.#options;
    const endpoints = overlay.endpoints().slice(0, MAX_ENDPOINTS);
    return { nonce, wallMs: wallMs(clock), inReplyTo, token: host.tokenFor(friend), endpoints };
  }

  #drop(reason: string): void {
    this.#options.drops.add(reason);
  }

  #receive(message: RoutedMessage, at: 'home' | 'door'): void {
    if (!this.#letters.take(at)) return this.#drop('letter-rate');
    const opened = openLetter(this.#options.identity, message.payload);
    if (!opened.ok) return this.#drop(`letter-${opened.reason}`);
    const letter = opened.value;
    if (letter.body.kind === 'introduction') this.#receiveIntroduction(letter, letter.body.body);
    else if (letter.body.kind === 'query') this.#receiveQuery(letter, letter.body.body, message);
    else this.#drop('letter-unasked');
  }

  #receiveQuery(letter: OpenedLetter, query: Whereabouts, message: RoutedMessage): void {
    const { host } = this.#options;
    const friend = host.friend(letter.from);
    if (friend === undefined) return this.#drop('query-of-stranger');
    if (!this.#isNew(letter, query.nonce)) return;
    // After the signature: else a stranger could use the friend's share up in the friend's name.
    if (!this.#queries.take(friend.name)) return this.#drop('query-rate');
    if (!this.#isFresh(friend, query)) {
      this.#drop('query-stale');
      if (this.#counterQueries.take(friend.name)) this.ask(friend, query.nonce).catch(() => this.#drop('query-failed'));
      return;
    }
    // First: our hello goes straight to the friend, the answer by several hops.
    host.located(friend, reachable(query), 'asked');
    const nonce = this.#options.random.bytes(LETTER_NONCE_BYTES);
    const body = this.#whereabouts(friend, nonce, query.nonce);
    const answer = this.#seal(friend, { kind: 'answer', body });
    if (answer !== undefined) message.answer(answer);
  }

  /** Signed, and not seen before; remembers it. */
  #isNew(letter: OpenedLetter, nonce: Uint8Array): boolean {
    const name = toHex(nonce);
    if (this.#seen.has(name)) {
      this.#drop('letter-replayed');
      return false;
    }
    if (!letter.isSigned()) {
      this.#drop('letter-forged');
      return false;
    }
    this.#seen.add(name);
    return true;
  }

  #isFresh(friend: Correspondent, query: Whereabouts): boolean {
    const ageMs = this.#options.clock.wall() - query.wallMs;
    if (Math.abs(ageMs) <= FRESH_MS && this.#isSinceStart(query.wallMs)) return true;
    if (query.inReplyTo === undefined) return false;
    this.#forgetQuestions();
    return this.#questions.get(toHex(query.inReplyTo))?.friend === friend;
  }

  #isSinceStart(wallMs: number): boolean {
    const { clock } = this.#options;
    return clock.wall() - wallMs <= clock.now() - this.#startedAt + BEFORE_START_MS;
  }

  #receiveIntroduction(letter: OpenedLetter, body: Extract<LetterBody, { kind: 'introduction' }>['body']): void {
    if (this.#tag === undefined || !constantTimeEqual(body.tag, this.#tag)) return this.#drop('introduction-tag');
    if (!this.#introductions.take('')) return this.#drop('introduction-rate');
    if (Math.abs(body.wallMs - this.#options.clock.wall()) > INTRODUCTION_FRESH_MS) {
      return this.#drop('introduction-stale');
    }
    if (!this.#isNew(letter, body.nonce)) return;
    // A friend's of before our start, when we may have seen it: answered once more it would end the keys we have of theirs.
    const isFriend = this.#options.host.friend(letter.from) !== undefined;
    if (isFriend && !this.#isSinceStart(body.wallMs)) return this.#drop('introduction-stale');
    this.#options.host.introduced({ from: letter.from, payload: body.payload });
  }

  #answered(question: Question, nonce: Uint8Array, payload: Uint8Array): void {
    if (question.answered || ++question.answersOpened > MAX_ANSWERS_OPENED) return this.#drop('answer-surplus');
    const opened = openLetter(this.#options.identity, payload);
    if (!opened.ok) return this.#drop(`letter-${opened.reason}`);
    const { from, body } = opened.value;
    const expected =
      body.kind === 'answer' &&
      equalBytes(from, question.friend.profile) &&
      body.body.inReplyTo !== undefined &&
      equalBytes(body.body.inReplyTo, nonce);
    if (!expected || this.#options.host.friend(from) !== question.friend) return this.#drop('answer-unasked');
    if (!opened.value.isSigned()) return this.#drop('letter-forged');
    question.answered = true;
    this.#options.host.located(question.friend, reachable(body.body), 'answered');
  }

  #forgetQuestions(): void {
    const before = this.#options.clock.now() - ANSWER_WAIT_MS;
    for (const [nonce, question] of this.#questions) {
      if (question.askedAt > before) break;
      this.#questions.delete(nonce);
    }
  }
}

function wallMs(clock: Clock): number {
  return Math.max(0, Math.floor(clock.wall()));
}

function reachable(whereabouts: Whereabouts): Whereabouts {
  return { ...whereabouts, endpoints: possible(whereabouts.endpoints) };
}

/** Without addresses no peer can have. */
export function possible(endpoints: readonly Endpoint[]): Endpoint[] {
  return endpoints.filter(({ host }) => canBePeer(host));
}
