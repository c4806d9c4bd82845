/** Randomness as the core sees it: the operating system's generator, or a seeded one in the simulator. */
export interface Random {
  /** `length` fresh bytes, owned by the caller. Cryptographically secure in every host but the simulator. */
  bytes(length: number): Uint8Array<ArrayBuffer>;
  /** A uniform number in [0, 1), for jitter and choice; never for keys. */
  uniform(): number;
}
