import { beforeEach, describe, expect, it } from 'vitest';
import type { InviteKeys } from '../crypto/invite-key.ts';
import { silentLogger } from '../ports/logger.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { Derivations } from './derivations.ts';

describe('what follows from a public ID', () => {
  let clock: VirtualClock;
  let derivations: Derivations;
  let begun: number[];
  let told: number[];
  let end: ((keys: InviteKeys) => void)[];
  let fail: ((error: Error) => void)[];

  beforeEach(() => {
    clock = new VirtualClock();
    [begun, told, end, fail] = [[], [], [], []];
    const derive = ({ key }: { key: Uint8Array }) =>
      new Promise<InviteKeys>((resolve, reject) => {
        begun.push(key[0]!);
        end.push(resolve);
        fail.push(reject);
      });
    derivations = new Derivations(derive, { clock, logger: silentLogger });
  });

  const keys = {} as InviteKeys;
  const ask = (n: number) =>
    void derivations.derive({ key: Uint8Array.of(n), tag: new Uint8Array(4) }).then(() => told.push(n));

  it('is derived one after another, what was asked for last first', async () => {
    for (const n of [1, 2, 3]) ask(n);
    expect(begun).toEqual([1]);
    end.shift()!(keys);
    await clock.runFor(0);
    expect([begun, told]).toEqual([[1, 3], [1]]);
    ask(4);
    for (let i = 0; i < 3; i++) {
      end.shift()!(keys);
      await clock.runFor(0);
    }
    expect(told).toEqual([1, 3, 4, 2]);
  });

  it('is tried again where there was no memory for it', async () => {
    ask(1);
    fail[0]!(new Error('no memory'));
    await clock.runFor(10_000);
    expect(begun).toEqual([1, 1]);
    end[1]!(keys);
    await clock.runFor(0);
    expect(told).toEqual([1]);
  });

  it('is not told any more after the end, nor derived', async () => {
    for (const n of [1, 2]) ask(n);
    derivations.stop();
    end[0]!(keys);
    await clock.runFor(10_000);
    expect([begun, told]).toEqual([[1], []]);
  });
});
