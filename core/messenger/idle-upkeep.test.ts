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
  let left: number;

  beforeEach(() => {
    clock = new VirtualClock();
    [indexed, emptied, left] = [[], [], 0];
    const seconds = () => Math.floor(clock.now() / 1_000);
    const store: Pick<Store, 'index' | 'checkpoint'> = {
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
    expect(emptied).toEqual([11]);
  });

  it('begins after a minute where messages never end', async () => {
    await pokeFor(65);
    expect(indexed[0]).toBe(60);
  });
});
