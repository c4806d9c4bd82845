export interface WavSound {
  /** Samples a second. */
  readonly rate: number;
  readonly seconds: number;
  /** From -1 to 1; what is beyond is cut off. */
  readonly sampleAt: (seconds: number) => number;
}

/** A whole WAV file (RIFF, PCM): 16 bit, mono. */
export function wavFile(sound: WavSound): Buffer;
