import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { answerRpc, type RpcCall, refusalText } from '../../api/json-rpc.ts';
import type { Clock } from '../../ports/clock.ts';
import { TokenBucket } from './token-bucket.ts';

/** Why we close a connection (RFC 6455, section 7.4.2: 4000 to 4999 are for applications). */
export const CLOSE_CODES = {
  goingAway: 1001,
  noText: 1003,
  unauthorised: 4001,
  tooSlow: 4008,
  silent: 4009,
} as const;

/** Requests of one connection under way at once; above it, what comes waits, and the socket is not read. */
export const MAX_SESSION_IN_FLIGHT = 512;
/** Requests a second, and the burst that is allowed at once. */
export const RATE_PER_SECOND = 100_000;
/** Events not yet taken by the other side, in bytes; a slower one is cut off and loads everything again. */
export const MAX_EVENT_BACKLOG_BYTES = 16 * 1024 * 1024;
/** Answers not yet taken: above it no more requests are read. */
const MAX_ANSWER_BACKLOG_BYTES = 4 * 1024 * 1024;
/** Answers longer than this are accounted for one by one, so that one big backup does not look like a slow client. */
const LARGE_ANSWER_BYTES = 256 * 1024;
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
  #queue: string[] = [];
  #next = 0;
  #inFlight = 0;
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
    webSocket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    webSocket.on('pong', () => {
      this.#alive = true;
    });
    // The reason is the peer's; 'close' follows and does the cleaning up.
    webSocket.on('error', () => webSocket.terminate());
  }

  /** Sends an event's text; a connection that has left too much unread is closed instead. */
  sendEvent(text: string): void {
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
    if (isBinary) return this.close(CLOSE_CODES.noText, 'requests are text');
    this.#queue.push((data as Buffer).toString('utf8'));
    this.#work();
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
    return this.#inFlight < MAX_SESSION_IN_FLIGHT && !this.#answersPileUp() && this.#rate.take(this.#clock.now());
  }

  #answersPileUp(): boolean {
    return this.#webSocket.bufferedAmount - this.#largeAnswerBytes >= MAX_ANSWER_BACKLOG_BYTES;
  }

  #start(text: string): void {
    this.#inFlight++;
    answerRpc(text, this.#call).then(
      (answer) => this.#finish(answer),
      () => this.#finish(refusalText('internal', 'Something went wrong inside Parley.')),
    );
  }

  #finish(answer: string | undefined): void {
    this.#inFlight--;
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
