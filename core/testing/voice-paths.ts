import type { SeededRandom } from './seeded-random.ts';

/** What happens to one packet: its delay in ms, or undefined when it is lost. `at`: ms since the call began. */
export type PacketFate = (at: number) => number | undefined;

export interface VoicePath {
  readonly name: string;
  /** What it is, in words. */
  readonly what: string;
  /** A path of its own for each direction of each call. */
  make(random: SeededRandom): PacketFate;
}

const exponential = (random: SeededRandom, mean: number) => -mean * Math.log(1 - random.uniform());

/** `ms` one way and up to `jitterMs` more for each packet, of which `loss` are lost each for itself. */
function even(ms: number, jitterMs: number, loss: number): VoicePath['make'] {
  return (random) => () => (random.chance(loss) ? undefined : ms + random.uniform() * jitterMs);
}

/** Losses in a row (Gilbert): a share of `loss` in all, `burst` packets long on average. */
function bursts(loss: number, burst: number, random: SeededRandom): () => boolean {
  const begin = loss / (burst * (1 - loss));
  let bad = false;
  return () => {
    bad = bad ? !random.chance(1 / burst) : random.chance(begin);
    return bad;
  };
}

/** Packets that wait for a busy channel, all behind each other, so that they leave at once when it is free again. */
function busy(options: { ms: number; jitterMs: number; stallEveryMs: number; stallMs: number; loss: number }) {
  return (random: SeededRandom): PacketFate => {
    let stallAt = exponential(random, options.stallEveryMs);
    let stallEnd = 0;
    const lost = bursts(options.loss, 2, random);
    return (at) => {
      while (at > stallAt) {
        stallEnd = stallAt + exponential(random, options.stallMs);
        stallAt = stallEnd + exponential(random, options.stallEveryMs);
      }
      if (lost()) return undefined;
      return options.ms + Math.max(0, stallEnd - at) + exponential(random, options.jitterMs);
    };
  };
}

/** The paths of the experiment, from the best to the worst. */
export const VOICE_PATHS: readonly VoicePath[] = [
  { name: 'LAN', what: '0.3 ms and up to 0.5 ms more, nothing lost', make: even(0.3, 0.5, 0) },
  { name: 'good DSL', what: '15 ms and up to 6 ms more, 0.1 % lost', make: even(15, 6, 0.001) },
  {
    name: 'busy Wi-Fi',
    what: '8 ms, 4 ms of jitter, about twice a second a stall of 25 ms on average, 0.5 % lost in twos',
    make: busy({ ms: 8, jitterMs: 4, stallEveryMs: 500, stallMs: 25, loss: 0.005 }),
  },
  {
    name: 'mobile',
    what: '45 ms, 8 ms of jitter, every two seconds a stall of 40 ms on average, 1 % lost in twos',
    make: busy({ ms: 45, jitterMs: 8, stallEveryMs: 2_000, stallMs: 40, loss: 0.01 }),
  },
  { name: '60 ms + 30', what: '60 ms and up to 30 ms more, nothing lost', make: even(60, 30, 0) },
  { name: '10 % loss', what: '30 ms and up to 5 ms more, 10 % lost each for itself', make: even(30, 5, 0.1) },
  {
    name: '5 % bursts',
    what: '30 ms and up to 5 ms more, 5 % lost, three in a row on average',
    make: (random) => {
      const lost = bursts(0.05, 3, random);
      return () => (lost() ? undefined : 30 + random.uniform() * 5);
    },
  },
];
