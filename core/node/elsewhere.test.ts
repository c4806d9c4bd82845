import { cp } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ProfileKey } from '../ids/bytes.ts';
import { Emitter } from '../ports/events.ts';
import { silentLogger } from '../ports/logger.ts';
import type { RunningCore } from './core-factory.ts';
import { Elsewhere, QUIET_MS } from './elsewhere.ts';
import { ManualClock } from './testing/manual-clock.ts';
import { PassingClock } from './testing/passing-clock.ts';
import { nextEvent, RealCores } from './testing/real-core.ts';

describe('the notice of another computer', () => {
  function watch() {
    const clock = new ManualClock();
    const signs = new Emitter<ProfileKey>();
    const elsewhere = new Elsewhere({
      links: { onElsewhere: (heard) => signs.on(heard) },
      clock,
      logger: silentLogger,
    });
    const told: boolean[] = [];
    elsewhere.changed.on(() => told.push(elsewhere.seen));
    return { clock, elsewhere, told, sign: () => signs.emit(new Uint8Array(32) as ProfileKey) };
  }

  it('stays while signs come, is told once, and ends by itself', () => {
    const { clock, elsewhere, told, sign } = watch();
    expect(elsewhere.seen).toBe(false);
    for (let i = 0; i < 5; i++) {
      sign();
      clock.advance(QUIET_MS - 1);
    }
    expect(told).toEqual([true]);
    clock.advance(1);
    expect(told).toEqual([true, false]);
    sign();
    expect(told).toEqual([true, false, true]);
  });

  it('is told to nobody after the end of the profile, whatever a friend still says', () => {
    const { clock, elsewhere, told, sign } = watch();
    sign();
    elsewhere.stop();
    const timers = vi.spyOn(clock, 'after');
    sign();
    clock.advance(2 * QUIET_MS);
    expect(told).toEqual([true]);
    expect(timers).not.toHaveBeenCalled();
  });
});

const cores = new RealCores();
afterEach(() => cores.stopAll());

const openElsewhere = async (core: RunningCore): Promise<boolean> => {
  const profile = await core.handlers['profile.get']({});
  if (profile.state !== 'open') throw new Error(`the profile is ${profile.state}`);
  return profile.openElsewhere;
};
/** Resolves when the profile says so, which it may do already. */
async function untilElsewhere(core: RunningCore, value: boolean): Promise<void> {
  if ((await openElsewhere(core)) === value) return;
  await nextEvent(core, 'profile.changed', (profile) => profile.state === 'open' && profile.openElsewhere === value);
}
async function untilOnline(core: RunningCore): Promise<void> {
  if ((await core.handlers['friends.list']({})).some(({ presence }) => presence === 'online')) return;
  await nextEvent(core, 'friends.changed', ({ friend }) => friend?.presence === 'online');
}

/** Ada and Bob, who are friends and have met. */
async function friends() {
  const bob = await cores.start({ ephemeralProfile: 'Bob' });
  const bootstrap = [bob.info().bootstrapAddress];
  const clock = new PassingClock();
  const dataDir = await cores.folder();
  const startAda = (folder: string) => cores.start({ dataDir: folder, bootstrap, clock });
  const ada = await startAda(dataDir);
  await ada.handlers['profile.create']({ name: 'Ada' });
  const asked = nextEvent(bob, 'friends.requested', ({ request }) => request !== null);
  await ada.handlers['friends.add']({ publicId: bob.info().publicId!, alias: 'Bob' });
  await bob.handlers['friends.accept']({ publicId: (await asked).key, alias: 'Ada' });
  await untilOnline(ada);
  return { ada, bob, clock, dataDir, startAda };
}

async function copyOf(dataDir: string): Promise<string> {
  const copied = await cores.folder();
  await cp(dataDir, copied, { recursive: true });
  return copied;
}

describe('one profile on two computers', () => {
  it('says so on both of a copied data folder, and no more some minutes after one was closed', async () => {
    const { ada, bob, clock, dataDir, startAda } = await friends();
    await cores.stop(ada);
    const copied = await copyOf(dataDir);
    const one = await startAda(dataDir);
    await untilOnline(one);
    expect(await openElsewhere(one)).toBe(false);
    const other = await startAda(copied);
    await Promise.all([one, other].map((core) => untilElsewhere(core, true)));
    expect(await openElsewhere(bob)).toBe(false);

    await cores.stop(other);
    clock.pass(QUIET_MS);
    await untilElsewhere(one, false);
  });

  it('says so on both when a backup was restored while the first went on', async () => {
    const { ada, startAda } = await friends();
    const { backup } = await ada.handlers['profile.exportBackup']({ backupPassphrase: 'b' });
    const other = await startAda(await cores.folder());
    await other.handlers['profile.restoreBackup']({ backup, backupPassphrase: 'b' });
    await Promise.all([ada, other].map((core) => untilElsewhere(core, true)));
  });
});

it('a computer that goes on with a profile after the first was closed says nothing of it', async () => {
  const { ada, dataDir, startAda } = await friends();
  await cores.stop(ada);
  const again = await startAda(await copyOf(dataDir));
  await untilOnline(again);
  expect(await openElsewhere(again)).toBe(false);
});
