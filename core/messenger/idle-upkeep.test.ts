import { beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../ports/logger.ts';
import type { Store } from '../store/store.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { IdleUpkeep } from './idle-upkeep.ts';

describe('upkeep of the database', () => {
  let clock: VirtualClock;
  let upkeep: IdleUpkeep;
  /** When something was done, in seconds. */
  let indexed: number[];
  let emptied: number[];
  /** In milliseconds. */
  let grown: number[];
  let left: number;

  beforeEach(() => {
    clock = new VirtualClock();
    [indexed, emptied, grown, left] = [[], [], [], 0];
    const seconds = () => Math.floor(clock.now() / 1_000);
    const store: Pick<Store, 'index' | 'checkpoint' | 'growLog'> = {
      growLog: (done) => {
        grown.push(Math.round(clock.now()));
        done(grown.length < 3);
      },
      index: () => {
        if (left === 0) return false;
        left--;
        indexed.push(seconds());
        return true;
      },
      checkpoint: () => emptied.push(seconds()),
    };
    upkeep = new IdleUpkeep({ store, clock, logger: silentLogger });
  });

  async function pokeFor(seconds: number): Promise<void> {
    for (let i = 0; i < seconds * 2; i++) {
      left = 1;
      upkeep.poke();
      await clock.runFor(500);
    }
  }

  it('waits until no message came for two seconds', async () => {
    await pokeFor(10);
    expect(indexed).toEqual([]);
    await clock.runFor(3_000);
    expect(indexed).toEqual([11]);
    expect(emptied).toEqual([]);
  });

  it('empties the log only when much was written', async () => {
    for (let i = 0; i < 199; i++) upkeep.poke();
    await clock.runFor(5_000);
    expect(emptied).toEqual([]);
    upkeep.poke();
    await clock.runFor(5_000);
    expect(emptied).toEqual([7]);
    upkeep.poke();
    await clock.runFor(5_000);
    expect(emptied).toEqual([7]);
  });

  it('makes room in the log in small steps after the start', async () => {
    upkeep.start();
    await clock.runFor(3_000);
    expect(grown).toEqual([2_500, 2_520, 2_540]);
  });

  it('makes no room any more once it was stopped', async () => {
    upkeep.start();
    await clock.runFor(2_510);
    upkeep.stop();
    await clock.runFor(1_000);
    expect(grown).toEqual([2_500]);
  });

  it('begins after a minute where messages never end', async () => {
    await pokeFor(65);
    expect(indexed[0]).toBe(60);
  });
});
