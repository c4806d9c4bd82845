import { hash32, wipe } from '../crypto/crypto.ts';

/** Keys of one direction in one epoch, 32 bytes each: apart, because each has its own counter. */
export interface DirectionKeys {
  readonly stream: Uint8Array;
  readonly datagram: Uint8Array;
}

/** What a finished Noise IK handshake gives to a link: one epoch's keys. */
export interface EpochKeys {
  readonly send: DirectionKeys;
  readonly receive: DirectionKeys;
  /** Channel binding (Noise, section 11.2), 64 bytes: the prologue of the next epoch's handshake. */
  readonly handshakeHash: Uint8Array;
}

function directionKeys(key: Uint8Array): DirectionKeys {
  const keys = { stream: hash32('parley link stream', key), datagram: hash32('parley link datagram', key) };
  wipe(key);
  return keys;
}

/** Splits the two transport keys of a handshake by use, and wipes them. */
export function epochKeys(split: { send: Uint8Array; receive: Uint8Array; handshakeHash: Uint8Array }): EpochKeys {
  return {
    send: directionKeys(split.send),
    receive: directionKeys(split.receive),
    handshakeHash: split.handshakeHash,
  };
}

function wipeDirection(keys: DirectionKeys): void {
  wipe(keys.stream);
  wipe(keys.datagram);
}

export function wipeEpoch(keys: EpochKeys): void {
  wipeDirection(keys.send);
  wipeDirection(keys.receive);
}
