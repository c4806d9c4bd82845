import { describe, expect, it } from 'vitest';
import { copyPosition } from '../relay/positions.ts';
import { custodyStory, REPAIR_MS } from './custody-story.ts';

const ROOT_ONLY = { settings: { copies: 0, pipeline: false }, promised: 1 };
const PIPELINE = { settings: { copies: 0, pipeline: true }, promised: 2, byWay: true, nodes: 45 };
const INTERMEDIARIES = { settings: { copies: 2 } };
/** Long after everything has settled. */
const LONG_MS = 10 * 60_000;
const HOUR_MS = 3_600_000;

describe('the root keeps it (L:22)', () => {
  it('A sends, B is off: it lies at the root of B. B comes alive, and it moves to B', async () => {
    await custodyStory('the root', ROOT_ONLY, async (story) => {
      const [envelope] = await story.sends();
      story.dies(story.a, 'A');
      await story.passes(LONG_MS);
      await story.settles(envelope!);
      expect(story.holders(envelope!)).toHaveLength(1);
      await story.bComesUp([envelope!]);
      await story.everyCopyIsFree();
    });
  });

  it('a better root appears, and the message moves there', async () => {
    await custodyStory('better root', ROOT_ONLY, async (story) => {
      const [envelope] = await story.sends();
      story.dies(story.a, 'A');
      const [old] = story.holders(envelope!);
      // A copy stays where it is while its holder is among the closest three.
      for (let i = 0; i < 3; i++) await story.betterRoot(story.b.position);
      await story.until('it has moved', () => !old!.keeps(envelope!), 120_000);
      expect(story.holders(envelope!).length).toBeGreaterThanOrEqual(1);
      await story.bComesUp([envelope!]);
      await story.everyCopyIsFree();
    });
  });

  it('the root dies before B comes: it is lost until the root returns with its disk', async () => {
    await custodyStory('root dies', { ...ROOT_ONLY, promised: 0 }, async (story) => {
      const [envelope] = await story.sends();
      story.dies(story.a, 'A');
      const roots = story.holders(envelope!);
      expect(roots.length).toBeGreaterThan(0);
      for (const c of roots) story.dies(c, 'C');
      story.b.comesUpAt(story.home);
      await story.passes(60_000);
      expect(story.b.arrived).toEqual([]);
      for (const c of roots) await story.returns(c, 'C');
      // C tells B, or B asks again every few minutes.
      await story.until('B has it', () => story.has(envelope!), LONG_MS);
    });
  });
});

describe('two copies in the pipe (L:26, L:27)', () => {
  it('A sends to B by way of X and C: C, the root, and X before it keep it; A may forget', async () => {
    await custodyStory('pipe', PIPELINE, async (story) => {
      const [envelope] = await story.sends();
      story.dies(story.a, 'A');
      await story.passes(60_000);
      await story.settles(envelope!);
      expect(story.holders(envelope!)).toHaveLength(2);
      await story.bComesUp([envelope!]);
      await story.everyCopyIsFree();
    });
  });

  it('C dies: the next root of B has it, and C is not needed', async () => {
    await custodyStory('C dies 3', { ...PIPELINE, promised: 1 }, async (story) => {
      const [envelope] = await story.sends();
      story.dies(story.a, 'A');
      story.dies(story.nearest(story.holders(envelope!)), 'C');
      // That may be X itself: then it is alone, as the lecture says of this scheme.
      await story.until('the next root has it', () => story.rootsKeep(envelope!), REPAIR_MS);
      await story.settles(envelope!);
      await story.bComesUp([envelope!]);
    });
  });

  it('X dies, and C still delivers; X comes back with an old copy, and lets go of it', async () => {
    await custodyStory('X dies, and returns', { ...PIPELINE, promised: 1 }, async (story) => {
      const [envelope] = await story.sends();
      story.dies(story.a, 'A');
      const c = story.nearest(story.holders(envelope!));
      const x = story.holders(envelope!).find((holder) => holder !== c)!;
      story.dies(x, 'X');
      await story.passes(60_000);
      await story.bComesUp([envelope!]);
      await story.returns(x, 'X');
      await story.until('X lets go', () => !x.keeps(envelope!), LONG_MS);
      expect(story.b.arrived).toHaveLength(1);
    });
  });

  it('a hop dies while it carries: the one before takes another way', async () => {
    await custodyStory('hop dies', PIPELINE, async (story) => {
      const [envelope] = story.gives();
      await story.until('a hop has it', () => story.holders(envelope!).length > 0, 10_000);
      story.dies(story.holders(envelope!)[0]!, 'the hop');
      await story.until('stored', () => story.a.isStored(envelope!), 60_000);
      story.dies(story.a, 'A');
      await story.bComesUp([envelope!]);
    });
  });
});

describe('intermediaries 1 and 2 (L:28 to L:30)', () => {
  it('computers near to "copy 1" and "copy 2" keep it, one for each, and nobody else', async () => {
    await custodyStory('intermediaries', INTERMEDIARIES, async (story) => {
      const [envelope] = await story.sends();
      story.dies(story.a, 'A');
      await story.passes(120_000);
      await story.settles(envelope!);
      expect(story.holders(envelope!)).toHaveLength(envelope!.copies);
    });
  });

  it('one dies, and the other makes the copy again; again and again', async () => {
    await custodyStory('one dies', INTERMEDIARIES, async (story) => {
      const envelopes = await story.sends(5);
      story.dies(story.a, 'A');
      await story.passes(60_000);
      for (const number of [1, 2, 2, 1]) {
        story.dies(story.holders(envelopes[0]!)[number % 2]!, `an intermediary`);
        const isWhole = () => envelopes.every((envelope) => story.holders(envelope).length >= 2);
        await story.until('the copy is made again', isWhole, 20_000);
      }
      await story.bComesUp(envelopes);
      await story.everyCopyIsFree();
    });
  });

  it('both die at once: nothing comes until one returns, and its disk has it', async () => {
    await custodyStory('both die', { ...INTERMEDIARIES, nodes: 30 }, async (story) => {
      const [envelope] = await story.sends();
      story.dies(story.a, 'A');
      await story.passes(120_000);
      const both = story.holders(envelope!);
      for (const holder of both) story.dies(holder, 'an intermediary');
      await story.passes(LONG_MS);
      expect(story.holders(envelope!)).toEqual([]);
      await story.returns(both[0]!, 'one of them');
      await story.until('two have it again', () => story.holders(envelope!).length >= 2);
      await story.bComesUp([envelope!]);
    });
  });

  it('better roots appear: it is handed over, with two copies all the time', async () => {
    await custodyStory('better roots', INTERMEDIARIES, async (story) => {
      const [envelope] = await story.sends();
      story.dies(story.a, 'A');
      await story.passes(120_000);
      const old = story.holders(envelope!);
      for (let i = 0; i < 3; i++) {
        for (const number of [1, 2]) await story.betterRoot(copyPosition(story.b.position, number));
      }
      await story.until('others have it', () => old.every((holder) => !holder.keeps(envelope!)), 300_000);
      await story.settles(envelope!);
      expect(story.holders(envelope!)).toHaveLength(envelope!.copies);
      await story.bComesUp([envelope!]);
      await story.everyCopyIsFree();
    });
  });

  it('the receipt names the unique number: it frees both copies of this one, and not of another', async () => {
    await custodyStory('receipt', INTERMEDIARIES, async (story) => {
      const [first] = await story.sends();
      await story.bComesUp([first!]);
      await story.until('freed', () => story.holders(first!).length === 0);
      story.b.attendance!.close();
      const [second] = await story.sends();
      story.dies(story.a, 'A');
      await story.passes(60_000);
      expect(story.holders(second!).length).toBeGreaterThanOrEqual(2);
      story.b.comesUpAt(story.home);
      await story.until('B has the second', () => story.has(second!), 5_000);
    });
  });

  it('packets come twice and out of order, and 5 % are lost: B has each message once', async () => {
    const conditions = { duplication: 0.05, reordering: 0.1, loss: 0.05 };
    await custodyStory('rough', { ...INTERMEDIARIES, conditions }, async (story) => {
      const envelopes = await story.sends(20);
      story.dies(story.a, 'A');
      await story.passes(LONG_MS);
      await story.bComesUp(envelopes, 15_000);
      await story.everyCopyIsFree(60_000);
      expect(story.b.arrived).toHaveLength(20);
    });
  });

  it('it expires after its life, and is gone everywhere', async () => {
    await custodyStory('expiry', INTERMEDIARIES, async (story) => {
      const [envelope] = await story.sends(1, { lifeMs: LONG_MS });
      await story.passes(0.9 * LONG_MS);
      expect(story.holders(envelope!).length).toBeGreaterThanOrEqual(2);
      await story.passes(1.2 * LONG_MS);
      expect(story.net.carriers.filter((carrier) => carrier.keeps(envelope!))).toEqual([]);
    });
  });
});

describe('a restart loses nothing', () => {
  it('every computer is killed, one after another and all at once, and comes back', async () => {
    await custodyStory('power cut', { ...INTERMEDIARIES, nodes: 16, promised: 0 }, async (story) => {
      const envelopes = await story.sends(10);
      await story.passes(60_000);
      for (const carrier of story.net.up) {
        if (carrier === story.a) continue;
        carrier.crash();
        await story.passes(2_000);
        await carrier.restart();
        await story.passes(500);
      }
      const all = story.net.up;
      for (const carrier of all) story.dies(carrier, carrier.computer.host.address);
      await story.passes(60_000);
      for (const carrier of all) if (carrier !== story.a) await carrier.restart();
      await story.passes(30_000);
      await story.bComesUp(envelopes, 10_000);
    });
  });
});

describe('when the world is against it', () => {
  it('a partition of an hour heals: what was sent on both sides arrives', async () => {
    await custodyStory('partition', { ...INTERMEDIARIES, nodes: 16, promised: 0 }, async (story) => {
      const before = await story.sends(5);
      const hosts = story.net.carriers.map(({ computer }) => computer.host);
      const heal = story.net.story.network.partition(hosts.slice(0, 8), hosts.slice(8));
      await story.passes(HOUR_MS / 2);
      const during = story.gives(5);
      await story.passes(HOUR_MS / 2);
      heal();
      await story.passes(20 * 60_000);
      story.dies(story.a, 'A');
      await story.bComesUp([...before, ...during], 30_000);
    });
  });

  it('the bootstrap nodes are gone: who is in the network stays in it', async () => {
    await custodyStory('no bootstrap', INTERMEDIARIES, async (story) => {
      for (const carrier of story.net.carriers.slice(0, 3)) story.dies(carrier, 'a bootstrap node');
      await story.passes(30_000);
      const envelopes = await story.sends(5);
      story.dies(story.a, 'A');
      await story.passes(LONG_MS);
      await story.bComesUp(envelopes);
      await story.everyCopyIsFree();
    });
  });

  it('clocks are wrong by a day in both directions: nothing expires early, nothing is refused', async () => {
    await custodyStory('clocks', INTERMEDIARIES, async (story) => {
      for (const [i, carrier] of story.net.carriers.entries()) {
        carrier.computer.clock.skewMs = [-86_400_000, 0, 86_400_000][i % 3]!;
      }
      const envelopes = await story.sends(5, { lifeMs: 2 * LONG_MS });
      story.dies(story.a, 'A');
      await story.passes(1.8 * LONG_MS);
      await story.bComesUp(envelopes);
      await story.everyCopyIsFree();
    });
  });
});
