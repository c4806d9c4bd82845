import type { CallAudioEnd } from '../../core/api/core-service.ts';
import type { RunningCore } from '../../core/node/core-factory.ts';
import { sharedNow, sleep } from '../measure.ts';

const FRAME_MS = 20;
const FRAME_TICKS = 960;

/** The sound of one call at one end, without a sound card: the core never looks into an Opus frame. */
export class Caller {
  readonly #core: RunningCore;
  #end: CallAudioEnd | undefined;
  #latencies: number[] = [];
  #clock = 0;

  constructor(core: RunningCore) {
    this.#core = core;
  }

  /** Calls a friend, or takes the call that comes; resolves when both can be heard. */
  async untilActive(friend: string | undefined): Promise<void> {
    const active = new Promise<string>((resolve) => {
      const end = this.#core.onEvent(({ name, payload }) => {
        if (name !== 'calls.changed') return;
        const { call, state } = payload;
        if (state === 'ringing') void this.#core.handlers['calls.accept']({ call });
        if (state !== 'active') return;
        end();
        resolve(call);
      });
    });
    if (friend !== undefined) await this.#core.handlers['calls.start']({ friend });
    const call = await active;
    this.#end = this.#core.audio.attach(call, {
      frame: ({ opus }) => {
        const stamp = new DataView(opus.buffer, opus.byteOffset).getFloat64(0);
        this.#latencies.push(sharedNow() - stamp);
      },
      ended: () => {},
    });
  }

  /** Frames of `bytes` bytes in real time, each with the time at which it was handed over. @returns how many */
  async speak({ bytes, seconds }: { readonly bytes: number; readonly seconds: number }): Promise<number> {
    const startedAt = sharedNow();
    const count = (seconds * 1_000) / FRAME_MS;
    for (let i = 0; i < count; i++) {
      const opus = new Uint8Array(bytes);
      new DataView(opus.buffer).setFloat64(0, sharedNow());
      this.#end?.send({ clock: this.#clock, silence: false, opus });
      this.#clock += FRAME_TICKS;
      await sleep(Math.max(0, startedAt + (i + 1) * FRAME_MS - sharedNow()));
    }
    return count;
  }

  /** One-way times of the frames that came, in ms: from one client's hand to the other's. */
  takeLatencies(): number[] {
    const taken = this.#latencies;
    this.#latencies = [];
    return taken;
  }
}
