import { closeMicrophone, type MicrophoneProblem, openMicrophone } from './microphone.ts';
import type { PlayoutStats } from './playout.ts';
import { CALL_PROCESSOR, type FromWorklet, type ToWorklet, WORKLET_FILE } from './worklet-messages.ts';

export interface SoundGraphOptions {
  readonly onStats: (stats: PlayoutStats) => void;
  /** Null: it works. */
  readonly onMicrophone: (problem: MicrophoneProblem | null) => void;
}

/** Chosen devices; empty: what the system chooses. */
export interface Devices {
  readonly input: string;
  readonly output: string;
}

/** Wired to the devices of this computer: microphone -> worklet -> loudspeaker, with an analyser on either side. */
export class SoundGraph {
  readonly microphoneMeter: AnalyserNode;
  readonly speakerMeter: AnalyserNode;
  readonly #options: SoundGraphOptions;
  readonly #context: AudioContext;
  readonly #gain: GainNode;
  #devices: Devices;
  #node: AudioWorkletNode | undefined;
  #stream: MediaStream | undefined;
  #source: MediaStreamAudioSourceNode | undefined;
  #asking = 0;
  #closed = false;

  constructor(devices: Devices, options: SoundGraphOptions) {
    this.#devices = devices;
    this.#options = options;
    this.#context = new AudioContext({ sampleRate: 48_000, latencyHint: 'interactive' });
    this.microphoneMeter = this.#meter();
    this.speakerMeter = this.#meter();
    this.#gain = this.#context.createGain();
    this.speakerMeter.connect(this.#gain).connect(this.#context.destination);
    navigator.mediaDevices?.addEventListener('devicechange', this.#devicesChanged);
  }

  /**
   * Frames come and go by `sound` from then on (`Captured`, `ToSpeaker`): 20 ms of the microphone, or of silence without
   * one. Resolves when the loudspeaker is there, which may be before it runs; rejects when this browser cannot run the
   * worklet.
   */
  async start(sound: MessagePort): Promise<void> {
    void this.#setOutput(this.#devices.output);
    await this.#context.audioWorklet.addModule(WORKLET_FILE);
    if (this.#closed) return;
    const form = { numberOfInputs: 1, numberOfOutputs: 1, outputChannelCount: [1], channelCount: 1 };
    this.#node = new AudioWorkletNode(this.#context, CALL_PROCESSOR, { ...form, channelCountMode: 'explicit' });
    this.#node.port.onmessage = ({ data }: MessageEvent<FromWorklet>) => {
      if (!this.#closed) this.#options.onStats(data);
    };
    const message: ToWorklet = { sound };
    this.#node.port.postMessage(message, [sound]);
    this.#node.connect(this.speakerMeter);
    this.#source?.connect(this.#node);
    // A page that nobody has touched yet has to wait with this until somebody does, or until the call's end.
    this.#context.resume().catch(() => {});
  }

  /** Nothing is heard any more, at once. */
  set deafened(deafened: boolean) {
    this.#gain.gain.value = deafened ? 0 : 1;
  }

  /** Takes other devices without a break of the call. */
  async use(devices: Devices): Promise<void> {
    const before = this.#devices;
    this.#devices = devices;
    if (devices.output !== before.output) await this.#setOutput(devices.output);
    if (devices.input !== before.input) await this.openMicrophone();
  }

  /** Asks for the microphone, or for another one; the old one is heard until the new one is there. `before`: why. */
  async openMicrophone(before?: MicrophoneProblem): Promise<void> {
    const asking = ++this.#asking;
    const opened = await openMicrophone(this.#devices.input);
    if (this.#closed || asking !== this.#asking) return closeMicrophone(opened.ok ? opened.stream : undefined);
    this.#disconnect();
    if (!opened.ok) return this.#options.onMicrophone(before ?? opened.problem);
    this.#stream = opened.stream;
    this.#source = this.#context.createMediaStreamSource(opened.stream);
    this.#source.connect(this.microphoneMeter);
    if (this.#node !== undefined) this.#source.connect(this.#node);
    for (const track of opened.stream.getTracks()) track.onended = () => this.#lost();
    this.#options.onMicrophone(null);
  }

  /** Gives the devices back. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    navigator.mediaDevices?.removeEventListener('devicechange', this.#devicesChanged);
    this.#disconnect();
    this.#node?.port.close();
    await this.#context.close();
  }

  readonly #devicesChanged = (): void => {
    // A microphone that was plugged in again, or at all, is taken by itself.
    if (this.#stream === undefined && this.#asking > 0) void this.openMicrophone();
  };

  #lost(): void {
    this.#disconnect();
    this.#options.onMicrophone('lost');
    // Perhaps there is another one.
    void this.openMicrophone('lost');
  }

  #disconnect(): void {
    for (const track of this.#stream?.getTracks() ?? []) track.onended = null;
    closeMicrophone(this.#stream);
    this.#source?.disconnect();
    this.#stream = undefined;
    this.#source = undefined;
  }

  async #setOutput(device: string): Promise<void> {
    const context = this.#context as AudioContext & { setSinkId?(id: string): Promise<void> };
    try {
      await context.setSinkId?.(device);
    } catch {
      // It is gone: what is heard goes on where the system puts it.
    }
  }

  #meter(): AnalyserNode {
    const analyser = this.#context.createAnalyser();
    analyser.fftSize = 1024;
    return analyser;
  }
}
