import { DATAGRAM_HEADER_BYTES, type DatagramHeader, layOutDatagram, TAG_BYTES } from '../codec/link.ts';
import { aeadOpenInto, aeadSealInto, wipe } from '../crypto/crypto.ts';
import { ReplayWindow } from './replay-window.ts';

interface ReceiveEpoch {
  readonly epoch: number;
  readonly key: Uint8Array;
  readonly window: ReplayWindow;
}

export interface OpenedDatagram {
  readonly kind: number;
  readonly payload: Uint8Array;
  /** Newer than all before: only such a one may show that the peer has a new address. */
  readonly newest: boolean;
}

export type DatagramFailure = 'datagram-epoch' | 'datagram-replayed' | 'datagram-forged';

/** Seals and opens the datagrams of one link; owns their keys, counters and replay windows. */
export class DatagramBox {
  readonly #peerIndex: number;
  #sendEpoch = 0;
  #sendKey: Uint8Array;
  #counter = 0;
  /** Oldest first; more than one only around a switch. */
  #receive: ReceiveEpoch[];

  /** `peerIndex` is the index the peer chose in the handshake. The keys (32 bytes) belong to the box. */
  constructor(peerIndex: number, sendKey: Uint8Array, receiveKey: Uint8Array) {
    this.#peerIndex = peerIndex;
    this.#sendKey = sendKey;
    this.#receive = [{ epoch: 0, key: receiveKey, window: new ReplayWindow() }];
  }

  /** Payload of 0 to MAX_DATAGRAM_BYTES -> packet. */
  seal(kind: number, payload: Uint8Array): Uint8Array {
    const counter = this.#counter++;
    const packet = layOutDatagram({ index: this.#peerIndex, epoch: this.#sendEpoch, counter }, kind, payload);
    const end = packet.length - TAG_BYTES;
    aeadSealInto(packet.subarray(DATAGRAM_HEADER_BYTES), packet.subarray(DATAGRAM_HEADER_BYTES, end), {
      key: this.#sendKey,
      counter,
      ad: packet.subarray(0, DATAGRAM_HEADER_BYTES),
    });
    return packet;
  }

  open(header: DatagramHeader, packet: Uint8Array): OpenedDatagram | DatagramFailure {
    const at = this.#receive.findLastIndex((candidate) => (candidate.epoch & 0xff) === header.epoch);
    const state = this.#receive[at];
    if (state === undefined) return 'datagram-epoch';
    if (!state.window.admits(header.counter)) return 'datagram-replayed';
    const plain = new Uint8Array(packet.length - DATAGRAM_HEADER_BYTES - TAG_BYTES);
    const opened = aeadOpenInto(plain, packet.subarray(DATAGRAM_HEADER_BYTES), {
      key: state.key,
      counter: header.counter,
      ad: packet.subarray(0, DATAGRAM_HEADER_BYTES),
    });
    if (!opened) return 'datagram-forged';
    const later = this.#receive.slice(at + 1).some(({ window }) => window.highest >= 0);
    const newest = !later && header.counter > state.window.highest;
    state.window.accept(header.counter);
    return { kind: plain[0]!, payload: plain.subarray(1), newest };
  }

  /** Seals with the new epoch's key from now on; the old key is wiped at once. */
  switchSend(epoch: number, key: Uint8Array): void {
    wipe(this.#sendKey);
    this.#sendEpoch = epoch;
    this.#sendKey = key;
    this.#counter = 0;
  }

  /** Opens the new epoch's datagrams too from now on. */
  addReceive(epoch: number, key: Uint8Array): void {
    this.#receive.push({ epoch, key, window: new ReplayWindow() });
  }

  /** Wipes the receive keys of all epochs before `epoch`. */
  dropReceiveBefore(epoch: number): void {
    for (const old of this.#receive) if (old.epoch < epoch) wipe(old.key);
    this.#receive = this.#receive.filter((state) => state.epoch >= epoch);
  }

  destroy(): void {
    wipe(this.#sendKey);
    for (const state of this.#receive) wipe(state.key);
    this.#receive = [];
  }
}
