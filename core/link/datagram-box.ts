import { type DatagramHeader, datagramBytes, layOutDatagram } from '../codec/link.ts';
import { aeadOpenInto, aeadSealInto, wipe } from '../crypto/crypto.ts';
import { packetCopy, packetRoom } from './datagram-memory.ts';
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
    const { packet, header, sealed, plain } = packetRoom(datagramBytes(payload.length));
    layOutDatagram(packet, { index: this.#peerIndex, epoch: this.#sendEpoch, counter }, kind, payload);
    aeadSealInto(sealed, plain, { key: this.#sendKey, counter, ad: header });
    return packetCopy(packet);
  }

  /** `packet` is as long as `readDatagramHeader` allows. */
  open({ epoch, counter }: DatagramHeader, packet: Uint8Array): OpenedDatagram | DatagramFailure {
    const at = this.#receivingAt(epoch);
    const state = this.#receive[at];
    if (state === undefined) return 'datagram-epoch';
    if (!state.window.admits(counter)) return 'datagram-replayed';
    const room = packetRoom(packet.length);
    room.packet.set(packet);
    const opened = aeadOpenInto(room.plain, room.sealed, { key: state.key, counter, ad: room.header });
    if (!opened) return 'datagram-forged';
    const newest = counter > state.window.highest && !this.#heardAfter(at);
    state.window.accept(counter);
    return { kind: room.plain[0]!, payload: room.payload.slice(), newest };
  }

  /** Of two epochs with the same lowest bits, the later one. */
  #receivingAt(epoch: number): number {
    let at = this.#receive.length - 1;
    while (at >= 0 && (this.#receive[at]!.epoch & 0xff) !== epoch) at--;
    return at;
  }

  #heardAfter(at: number): boolean {
    for (let later = at + 1; later < this.#receive.length; later++) {
      if (this.#receive[later]!.window.highest >= 0) return true;
    }
    return false;
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
