import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { AudioChannel } from '../../api/audio-channel.ts';
import { MAX_AUDIO_MESSAGE_BYTES } from '../../api/audio-messages.ts';
import type { CallAudio } from '../../api/core-service.ts';
import { answerRpc, type RpcCall, refusalText } from '../../api/json-rpc.ts';
import type { Clock } from '../../ports/clock.ts';
import { AUDIO_SUBPROTOCOL } from './access.ts';
import { TokenBucket } from './token-bucket.ts';

/** Why we close a connection (RFC 6455, section 7.4.2: 4000 to 4999 are for applications). */
export const CLOSE_CODES = {
  goingAway: 1001,
  /** Binary messages that are none of the contract, or come from somebody who has not shown the token. */
  notUnderstood: 1003,
  unauthorised: 4001,
  tooSlow: 4008,
  silent: 4009,
} as const;

/** Requests of one connection under way at once; above it, what comes waits, and the socket is not read. */
export const MAX_SESSION_IN_FLIGHT = 512;
/**
 * Requests begun in one turn of the event loop, so that the length of their answers is known before more begin: so many
 * at first, one more for each answer that is not large, and one alone after a large one.
 */
const FIRST_IN_A_TURN = 16;
/** Requests a second, and the burst that is allowed at once. */
const RATE_PER_SECOND = 100_000;
/** Events not yet taken by the other side, in bytes; a slower one is cut off and loads everything again. */
export const MAX_EVENT_BACKLOG_BYTES = 16 * 1024 * 1024;
/** What is not yet taken: above it no more requests are read, since their answers would wait behind it. */
const MAX_ANSWER_BACKLOG_BYTES = 4 * 1024 * 1024;
/** Longer answers than this do not count against events, so that one big backup does not look like a slow client. */
const LARGE_ANSWER_BYTES = 256 * 1024;
/** Binary messages a second, and at once; real time is 50 of them for each call. What is above is dropped. */
const AUDIO_PER_SECOND = 200;
const AUDIO_BURST = 400;
/** Sound that was not taken in time is of no use: nothing more is sent while so much waits. About 4 s of a call. */
const MAX_AUDIO_BACKLOG_BYTES = 32 * 1024;
/** How soon a connection over its rate is looked at again. */
const RETRY_MS = 5;

export interface RpcSessionOptions {
  readonly webSocket: WebSocket;
  /** The stream below the WebSocket, so that the answers of one turn leave in one system call. */
  readonly stream: Duplex;
  readonly clock: Clock;
  /** Where requests go. The session replaces it by the dispatcher once the caller has shown the token. */
  readonly call: RpcCall;
}

/** One WebSocket of a script or a page: bounds what it may demand and what it may leave unread. */
export class RpcSession {
  readonly #webSocket: WebSocket;
  readonly #stream: Duplex;
  readonly #clock: Clock;
  readonly #call: RpcCall;
  readonly #rate: TokenBucket;
  readonly #audioRate: TokenBucket;
  #audio: AudioChannel | undefined;
  #queue: string[] = [];
  #next = 0;
  #inFlight = 0;
  #mostInTurn = FIRST_IN_A_TURN;
  #begunInTurn = 0;
  #corked = false;
  #waking = false;
  #largeAnswerBytes = 0;
  #alive = true;

  constructor({ webSocket, stream, clock, call }: RpcSessionOptions) {
    this.#webSocket = webSocket;
    this.#stream = stream;
    this.#clock = clock;
    this.#call = call;
    this.#rate = new TokenBucket({ perSecond: RATE_PER_SECOND, burst: RATE_PER_SECOND, now: clock.now() });
    this.#audioRate = new TokenBucket({ perSecond: AUDIO_PER_SECOND, burst: AUDIO_BURST, now: clock.now() });
    webSocket.on('close', () => this.#audio?.close());
    webSocket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    webSocket.on('pong', () => {
      this.#alive = true;
    });
    // The reason is the peer's; 'close' follows and does the cleaning up.
    webSocket.on('error', () => webSocket.terminate());
  }

  /** The other side has shown the token: its binary messages are understood from now on. Once. */
  allowAudio(audio: CallAudio): void {
    this.#audio = new AudioChannel({ audio, send: (message) => this.#sendAudio(message) });
  }

  /** Sends an event's text where events are wanted; a connection that has left too much unread is closed instead. */
  sendEvent(text: string): void {
    if (this.#webSocket.protocol === AUDIO_SUBPROTOCOL) return;
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    if (this.#webSocket.bufferedAmount - this.#largeAnswerBytes > MAX_EVENT_BACKLOG_BYTES) {
      // The code arrives behind the backlog; whoever does not even read that is cut off after half a minute.
      this.close(CLOSE_CODES.tooSlow, 'events are not being read');
      return;
    }
    this.#send(text);
  }

  /** Called at every ping period: closes a connection that did not answer the last ping. */
  ping(): void {
    if (!this.#alive) {
      this.#webSocket.terminate();
      return;
    }
    this.#alive = false;
    this.#webSocket.ping();
  }

  close(code: number, reason: string): void {
    this.#webSocket.close(code, reason);
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (isBinary) return this.#receiveAudio(data as Buffer);
    this.#queue.push((data as Buffer).toString('utf8'));
    this.#work();
  }

  #receiveAudio(data: Buffer): void {
    if (!this.#audioRate.take(this.#clock.now())) return;
    const understood = data.length <= MAX_AUDIO_MESSAGE_BYTES && this.#audio?.receive(data) === true;
    if (!understood) this.close(CLOSE_CODES.notUnderstood, 'this binary message is not understood');
  }

  #sendAudio(message: Uint8Array): void {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    if (this.#webSocket.bufferedAmount - this.#largeAnswerBytes > MAX_AUDIO_BACKLOG_BYTES) return;
    this.#webSocket.send(message, { binary: true });
  }

  #work(): void {
    while (this.#next < this.#queue.length && this.#mayStart()) {
      const text = this.#queue[this.#next] ?? '';
      this.#queue[this.#next++] = '';
      this.#start(text);
    }
    if (this.#next === this.#queue.length) {
      this.#queue = [];
      this.#next = 0;
      this.#webSocket.resume();
      return;
    }
    // The receiver still hands over what it has read; nothing more is read from the socket.
    this.#webSocket.pause();
    if (this.#inFlight === 0) this.#wakeLater();
  }

  #mayStart(): boolean {
    const isFull = this.#inFlight >= MAX_SESSION_IN_FLIGHT || this.#begunInTurn >= this.#mostInTurn;
    return !isFull && !this.#answersPileUp() && this.#rate.take(this.#clock.now());
  }

  #answersPileUp(): boolean {
    return this.#webSocket.bufferedAmount >= MAX_ANSWER_BACKLOG_BYTES;
  }

  #start(text: string): void {
    this.#inFlight++;
    if (++this.#begunInTurn === 1) setImmediate(() => this.#turnEnded());
    answerRpc(text, this.#call).then(
      (answer) => this.#finish(answer),
      () => this.#finish(refusalText('internal', 'Something went wrong inside Parley.')),
    );
  }

  #turnEnded(): void {
    this.#begunInTurn = 0;
    if (this.#next < this.#queue.length) this.#work();
  }

  #finish(answer: string | undefined): void {
    this.#inFlight--;
    const isLarge = answer !== undefined && answer.length >= LARGE_ANSWER_BYTES;
    this.#mostInTurn = isLarge ? 1 : Math.min(MAX_SESSION_IN_FLIGHT, this.#mostInTurn + 1);
    if (answer !== undefined && this.#webSocket.readyState === this.#webSocket.OPEN) this.#send(answer);
    if (this.#next < this.#queue.length) this.#work();
  }

  #send(text: string): void {
    this.#cork();
    if (text.length < LARGE_ANSWER_BYTES) {
      this.#webSocket.send(text);
      return;
    }
    const size = text.length;
    this.#largeAnswerBytes += size;
    this.#webSocket.send(text, () => {
      this.#largeAnswerBytes -= size;
    });
  }

  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#stream.cork();
    setImmediate(() => {
      this.#corked = false;
      this.#stream.uncork();
    });
  }

  /** No answer will call `#work` again: wait until the other side has read, or until the rate allows more. */
  #wakeLater(): void {
    if (this.#waking) return;
    this.#waking = true;
    const wake = (): void => {
      this.#waking = false;
      if (this.#webSocket.readyState === this.#webSocket.OPEN) this.#work();
    };
    if (this.#answersPileUp()) this.#stream.once('drain', wake);
    else this.#clock.after(RETRY_MS, wake);
  }
}
