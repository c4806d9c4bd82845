import { decode, encode } from '../codec/layout.ts';
import { MAX_DATAGRAM_BYTES, MAX_FRAME_BYTES } from '../codec/limits.ts';
import {
  CONTROL_DATAGRAM,
  type ControlDatagram,
  type ControlFrame,
  controlDatagram,
  controlFrame,
  type DatagramHeader,
} from '../codec/link.ts';
import type { ProfileKey } from '../ids/bytes.ts';
import type { DropCounter } from '../net/transport.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Unsubscribe } from '../ports/events.ts';
import type { Logger } from '../ports/logger.ts';
import type { Endpoint, NetworkStream } from '../ports/network.ts';
import type { Random } from '../ports/random.ts';
import { DatagramBox } from './datagram-box.ts';
import { EpochMachine } from './epoch.ts';
import { FanOut } from './fan-out.ts';
import type { Pair } from './handshake.ts';
import type { EpochKeys } from './keys.ts';
import { Path, type PathMessage } from './path.ts';
import { RecordReader } from './record-reader.ts';
import { MAX_RECORDS_PER_KEY, RecordWriter } from './record-writer.ts';
import { StreamCheck } from './stream-check.ts';
import { CHANNELS, type Channel, type Link, type LinkDownReason, type LinkStats } from './types.ts';

/**
 * What was written and has not arrived. Messages wait for room long before; but each frame of the friend may be answered, and
 * who takes nothing of that would fill our memory.
 */
const MAX_PENDING_BYTES = 32 * 1024 * 1024;
/** After a `close` datagram the stream may still bring records that were sent before it. */
const CLOSE_GRACE_MS = 1_000;
/** After our own `close` the stream may still deliver what was queued. */
const LINGER_MS = 1_000;

/** What a session tells the friend it belongs to. */
export interface SessionHost {
  /** The peer proved that it holds the keys. False: there is a better link already, and this one goes without a word. */
  accepts(session: Session): boolean;
  /** The session is up, before anything the peer sent is handed out. Once. */
  confirmed(session: Session): void;
  /** Once, for every session: nothing is sent or opened any more. */
  ended(session: Session): void;
  /** Once, for a session that was confirmed; after `ended`. */
  down(session: Session, reason: LinkDownReason): void;
  /** Where else the peer might be. */
  candidates(): readonly Endpoint[];
  askOverlay(): void;
  /** How the peer may reach us next time. */
  contact(): Extract<ControlFrame, { kind: 'contact' }>['body'];
  /** The peer told how to reach it next time. */
  learned(contact: Extract<ControlFrame, { kind: 'contact' }>['body']): void;
  /** The peer says to have another link with our profile in the place of this one, which is up here. */
  replaced(): void;
}

/** What all sessions of a node share. */
export interface SessionEnvironment {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly drops: DropCounter;
  readonly sendPacket: (packet: Uint8Array, to: Endpoint) => void;
  /** Hard limit for the life of a key in ms. */
  readonly epochMs: number;
  /** Age in ms at which it is replaced. */
  readonly rekeyAfterMs: number;
}

export interface SessionOptions {
  readonly pair: Pair;
  readonly keys: EpochKeys;
  /** Index the peer chose for datagrams to it. */
  readonly peerIndex: number;
  readonly stream: NetworkStream;
  readonly remote: Endpoint;
  readonly environment: SessionEnvironment;
  readonly host: SessionHost;
}

type State = 'unconfirmed' | 'up' | 'down';

/**
 * One link from its handshake to its end. It is `unconfirmed` on the responder's side until something the initiator
 * sealed has opened, so that a handshake forged with our own stolen key never becomes a link (Noise, section 7.7).
 */
export class Session implements Link {
  readonly peer: ProfileKey;
  readonly #environment: SessionEnvironment;
  readonly #host: SessionHost;
  readonly #stream: NetworkStream;
  readonly #writer: RecordWriter;
  readonly #reader: RecordReader;
  readonly #box: DatagramBox;
  readonly #path: Path;
  readonly #check: StreamCheck;
  readonly #epoch: EpochMachine;
  readonly #fanOut: FanOut;
  #state: State = 'unconfirmed';
  #peerCloses = false;
  /** Records the peer sent before its `close` datagram. */
  #closeAfter: number | undefined;
  #closeTimer: Timer | undefined;
  #streamClosed = false;
  #flushPlanned = false;
  #blocked = false;

  constructor({ pair, keys, peerIndex, stream, remote, environment, host }: SessionOptions) {
    this.peer = pair.peer;
    this.#environment = environment;
    this.#host = host;
    this.#stream = stream;
    const { logger, drops } = environment;
    this.#fanOut = new FanOut({ logger, drops, send: (channel, frame) => this.#sendFrame(channel, frame) });
    this.#writer = new RecordWriter({ key: keys.send.stream, write: (record) => this.#write(record) });
    this.#reader = new RecordReader(keys.receive.stream, (channel, frame) => this.#receiveFrame(channel, frame));
    this.#box = new DatagramBox(peerIndex, keys.send.datagram, keys.receive.datagram);
    const { clock, random, epochMs, rekeyAfterMs } = environment;
    this.#path = new Path({ remote, clock, random, host: this.#pathHost() });
    this.#check = new StreamCheck({ clock, pendingBytes: () => stream.pendingBytes, ask: () => this.#path.probe() });
    this.#epoch = new EpochMachine({
      ...{ pair, clock, random, epochMs, rekeyAfterMs },
      handshakeHash: keys.handshakeHash,
      host: this.#epochHost(),
    });
    stream.onData((bytes) => {
      if (!this.#fanOut.guarded('stream', () => this.#receiveStream(bytes))) this.#fail('stream-handler-failed');
    });
    stream.onReleased?.((record) => this.#released(record));
    stream.onDrain(() => this.#drained());
    // Whoever closes says so in a record first, and then we are down: this end is forged. The peer knows nothing of it,
    // and nothing would come through for seconds.
    stream.onEnd?.(() => this.#fail('stream-end-forged'));
    this.finished = new Promise((resolve) => {
      stream.onClose(() => {
        this.#streamClosed = true;
        this.#goDown(this.#peerCloses || this.#closeAfter !== undefined ? 'closed-by-peer' : 'failed');
        this.#closeTimer?.cancel();
        resolve();
      });
    });
  }

  get up(): boolean {
    return this.#state === 'up';
  }

  /** Resolves when the stream is closed, after what was queued at `close` has been delivered or given up. */
  readonly finished: Promise<void>;

  /** Where the peer is, as far as we know. */
  get remote(): Endpoint {
    return this.#path.remote;
  }

  channel(number: number): Channel {
    if (!(Number.isInteger(number) && number > CHANNELS.control && number <= 255)) {
      throw new RangeError(`bad channel ${number}`);
    }
    return this.#fanOut.channel(number);
  }

  sendDatagram(kind: number, payload: Uint8Array): boolean {
    if (!(Number.isInteger(kind) && kind > CONTROL_DATAGRAM && kind <= 255)) throw new RangeError(`bad kind ${kind}`);
    if (payload.length > MAX_DATAGRAM_BYTES) throw new RangeError(`a datagram of ${payload.length} bytes`);
    if (this.#state !== 'up' || this.#epoch.checkExpired()) return false;
    this.#environment.sendPacket(this.#box.seal(kind, payload), this.#path.remote);
    this.#path.sent();
    return true;
  }

  onDatagram(kind: number, listener: (payload: Uint8Array) => void): Unsubscribe {
    return this.#fanOut.onDatagram(kind, listener);
  }

  stats(): LinkStats {
    const streamRtt = this.#stream.rttMs;
    return {
      remote: this.#path.remote,
      rttMs: this.#path.rttMs ?? (streamRtt > 0 ? streamRtt : undefined),
      epoch: this.#epoch.sendEpoch,
      epochAgeMs: this.#epoch.ageMs,
      nextEpochInMs: this.#epoch.nextInMs,
    };
  }

  close(): void {
    if (this.#state === 'up') {
      this.#sendControl({ kind: 'close', body: {} });
      this.#writer.flush();
      this.#sendControlDatagram({ kind: 'close', body: { records: this.#writer.total } }, this.#path.remote);
    }
    this.#goDown('closed');
  }

  /** The peer is proved, or (for the initiator) was proved by the handshake: the link goes up. */
  confirm(): void {
    if (this.#state !== 'unconfirmed') return;
    if (!this.#host.accepts(this)) return this.#goDown('replaced');
    this.#state = 'up';
    this.#host.confirmed(this);
    if (!this.up) return;
    // A proof for the responder by two ways, of which one has no retransmission pause; and our first measurement.
    this.#path.probe();
    this.tellContact();
  }

  /**
   * Another session of the peer is in our place. Whoever made it holds this one no more: so if there is somebody who hears
   * us, the peer's key is in use twice.
   */
  replace(): void {
    // A datagram, for which the stream need not wait: nothing but a notice hangs on it.
    this.#sendControlDatagram({ kind: 'replaced', body: {} }, this.#path.remote);
    this.#goDown('replaced');
  }

  /** Ends the session, which nobody proved, without a word. */
  discard(): void {
    this.#goDown('failed');
  }

  /** Tells the peer how to reach us from now on. */
  tellContact(): void {
    if (this.up) this.#sendControl({ kind: 'contact', body: this.#host.contact() });
  }

  /** Checks at once whether and where the peer is. */
  probeAll(): void {
    if (this.up) this.#path.probeAll();
  }

  /** This computer slept, `uncountedMs` past the monotonic clock. */
  slept(uncountedMs: number): void {
    if (this.up) this.#path.slept(uncountedMs);
  }

  /** A datagram with our index. */
  receiveDatagram(header: DatagramHeader, packet: Uint8Array, from: Endpoint): void {
    if (this.#state === 'down' || this.#epoch.checkExpired()) return;
    const opened = this.#box.open(header, packet);
    if (typeof opened === 'string') return this.#environment.drops.add(opened);
    this.confirm();
    if (!this.up) return;
    this.#path.heard();
    if (opened.newest) this.#path.heardNewest(from);
    if (opened.kind === CONTROL_DATAGRAM) this.#receiveControlDatagram(opened.payload, from);
    else this.#fanOut.datagram(opened.kind, opened.payload);
  }

  #sendFrame(channel: number, frame: Uint8Array): boolean {
    if (frame.length > MAX_FRAME_BYTES) throw new RangeError(`a frame of ${frame.length} bytes`);
    if (this.#state !== 'up') return false;
    this.#writer.push(channel, frame);
    if (!this.#flushPlanned) {
      this.#flushPlanned = true;
      // All frames of this tick share a record; no timer, so none of them waits.
      queueMicrotask(() => this.#flush());
    }
    return !this.#blocked;
  }

  #flush(): void {
    this.#flushPlanned = false;
    if (this.#state !== 'up') return;
    this.#writer.flush();
    this.#path.sent();
  }

  #write(record: Uint8Array): void {
    if (this.#epoch.checkExpired()) return;
    this.#check.wrote(record.length);
    if (!this.#stream.write(record)) this.#blocked = true;
    // Taken again before the stream said so: it may not say so any more.
    else if (this.#blocked) queueMicrotask(() => this.#drained());
    if (this.#stream.pendingBytes > MAX_PENDING_BYTES) return this.#fail('stream-overfull');
    if (this.#writer.counter >= MAX_RECORDS_PER_KEY / 2) this.#epoch.begin();
    if (this.#writer.counter >= MAX_RECORDS_PER_KEY) this.#fail('record-limit');
  }

  #released(record: Uint8Array): void {
    this.#writer.recycle(record);
    // A burst is over: the next one may be far away.
    if (this.#stream.pendingBytes === 0) this.#writer.forgetKept();
  }

  #drained(): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    if (this.up) this.#fanOut.drained();
  }

  #receiveStream(bytes: Uint8Array): void {
    if (this.#state === 'down' || this.#epoch.checkExpired()) return;
    const before = this.#reader.total;
    const failure = this.#reader.push(bytes);
    this.#stream.expect?.(this.#reader.missing);
    if (this.#reader.total > before) this.#path.heard();
    this.#fanOut.deliver(() => this.up);
    if (failure !== undefined) return this.#fail(failure);
    const complete = this.#closeAfter !== undefined && this.#reader.total >= this.#closeAfter;
    if (this.#peerCloses || complete) this.#goDown('closed-by-peer');
  }

  #receiveFrame(channel: number, frame: Uint8Array): boolean {
    this.confirm();
    if (!this.up) return true;
    if (channel === CHANNELS.control) return this.#receiveControl(frame);
    this.#fanOut.collect(channel, frame);
    return true;
  }

  #receiveControl(bytes: Uint8Array): boolean {
    const decoded = decode(controlFrame, bytes);
    if (!decoded.ok) return false;
    const frame = decoded.value;
    if (frame.kind === 'contact') this.#host.learned(frame.body);
    else if (frame.kind === 'close') this.#peerCloses = true;
    else return this.#epoch.receive(frame);
    return true;
  }

  #receiveControlDatagram(bytes: Uint8Array, from: Endpoint): void {
    const decoded = decode(controlDatagram, bytes);
    if (!decoded.ok) return this.#environment.drops.add('datagram-malformed');
    const message = decoded.value;
    if (message.kind === 'close') this.#peerClosed(message.body.records);
    else if (message.kind === 'replaced') this.#host.replaced();
    else if (message.kind === 'pong' && !this.#check.answered(message.body.number, message.body.opened))
      this.#fail('stream-forged');
    else this.#path.receive(message, from);
  }

  #peerClosed(records: number): void {
    if (this.#reader.total >= records) return this.#goDown('closed-by-peer');
    this.#closeAfter = records;
    this.#closeTimer ??= this.#environment.clock.after(CLOSE_GRACE_MS, () => this.#goDown('closed-by-peer'));
  }

  #sendControl(frame: ControlFrame): void {
    this.#sendFrame(CHANNELS.control, encode(controlFrame, frame));
  }

  #sendControlDatagram(message: ControlDatagram, to: Endpoint): void {
    if (this.#state !== 'up' || this.#epoch.checkExpired()) return;
    this.#environment.sendPacket(this.#box.seal(CONTROL_DATAGRAM, encode(controlDatagram, message)), to);
  }

  #sendOfPath(message: PathMessage, to: Endpoint): void {
    if (message.kind === 'ping') this.#check.asked(message.body.number);
    const opened = this.#reader.position;
    const whole = message.kind === 'pong' ? { ...message, body: { ...message.body, opened } } : message;
    this.#sendControlDatagram(whole, to);
  }

  #fail(reason: string): void {
    this.#environment.drops.add(reason);
    this.#goDown('failed');
  }

  #goDown(reason: LinkDownReason): void {
    const state = this.#state;
    if (state === 'down') return;
    this.#state = 'down';
    this.#path.stop();
    this.#check.stop();
    this.#epoch.stop();
    this.#closeTimer?.cancel();
    this.#writer.destroy();
    this.#reader.destroy();
    this.#box.destroy();
    this.#closeStream(state === 'up' && reason === 'closed');
    this.#host.ended(this);
    if (state === 'up') this.#host.down(this, reason);
  }

  #closeStream(gracefully: boolean): void {
    if (this.#streamClosed) return;
    if (!gracefully) return this.#stream.destroy();
    this.#stream.end();
    this.#closeTimer = this.#environment.clock.after(LINGER_MS, () => this.#stream.destroy());
  }

  #pathHost(): ConstructorParameters<typeof Path>[0]['host'] {
    return {
      sendControl: (message, to) => this.#sendOfPath(message, to),
      candidates: () => this.#host.candidates(),
      moved: (to) => this.#stream.changeRemote(to),
      askOverlay: () => this.#host.askOverlay(),
      silent: () => this.#goDown('silent'),
    };
  }

  #epochHost(): ConstructorParameters<typeof EpochMachine>[0]['host'] {
    return {
      sendControl: (frame) => this.#sendControl(frame),
      switchSend: (epoch, keys) => {
        this.#writer.changeKey(keys.stream);
        this.#box.switchSend(epoch, keys.datagram);
      },
      switchReceive: (key) => this.#reader.changeKey(key),
      addDatagrams: (epoch, key) => this.#box.addReceive(epoch, key),
      dropDatagramsBefore: (epoch) => this.#box.dropReceiveBefore(epoch),
      expired: () => this.#fail('epoch-expired'),
    };
  }
}
