import { closeMicrophone, type MicrophoneProblem, openMicrophone } from './microphone.ts';

/** Longest test recording. */
export const RECORDING_MS = 5_000;

/** A microphone that is tried out, without a call: how loud it is, and how it sounds. */
export class MicrophoneTest {
  readonly meter: AnalyserNode;
  readonly #stream: MediaStream;
  readonly #context: AudioContext;

  private constructor(stream: MediaStream) {
    this.#stream = stream;
    this.#context = new AudioContext();
    this.meter = this.#context.createAnalyser();
    this.meter.fftSize = 1024;
    this.#context.createMediaStreamSource(stream).connect(this.meter);
  }

  /** Never throws. */
  static async open(input: string): Promise<MicrophoneTest | MicrophoneProblem> {
    const opened = await openMicrophone(input);
    return opened.ok ? new MicrophoneTest(opened.stream) : opened.problem;
  }

  /** What is said until `stop` resolves, and at most RECORDING_MS. Empty when this browser cannot record. */
  async record(stop: Promise<void>): Promise<Blob> {
    const parts: Blob[] = [];
    const recorder = new MediaRecorder(this.#stream);
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const ended = new Promise<void>((resolve) => {
      recorder.onstop = () => resolve();
    });
    recorder.start();
    const limit = new Promise<void>((resolve) => setTimeout(resolve, RECORDING_MS));
    await Promise.race([stop, limit, ended]);
    if (recorder.state !== 'inactive') recorder.stop();
    await ended;
    return new Blob(parts, { type: recorder.mimeType });
  }

  /** Gives the microphone back. */
  close(): void {
    closeMicrophone(this.#stream);
    void this.#context.close();
  }
}

/** Plays a recording once; resolves at its end. `output`: a chosen loudspeaker, or empty. */
export async function playBack(recording: Blob, output: string): Promise<void> {
  const url = URL.createObjectURL(recording);
  const audio = new Audio(url);
  try {
    if (output !== '') await audio.setSinkId(output).catch(() => undefined);
    const ended = new Promise<void>((resolve) => {
      audio.onended = () => resolve();
      audio.onerror = () => resolve();
    });
    await audio.play();
    await ended;
  } finally {
    URL.revokeObjectURL(url);
  }
}
