import { execFileSync } from 'node:child_process';
import { closeSync, cpSync, mkdirSync, mkdtempSync, openSync, rmSync, truncateSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MessageView } from '../api/views.ts';
import { openDataFolder } from './cli/data-folder.ts';
import type { RunningCore } from './core-factory.ts';
import { nextEvent, RealCores } from './testing/real-core.ts';

const DISK_BYTES = 8 * 2 ** 20;
/** Left free for the first messages. */
const ROOM_BYTES = 256 * 1024;
const TEXT = 'x'.repeat(4_000);

const mount = (folder: string) =>
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', folder], { stdio: 'ignore' });
const unmount = (folder: string) => execFileSync('umount', ['--lazy', folder], { stdio: 'ignore' });

/** Why a small disk cannot be had here; undefined when it can. */
function obstacle(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'parley-disk-'));
  try {
    mount(folder);
    unmount(folder);
    return undefined;
  } catch {
    return 'no small file system can be mounted';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const why = obstacle();
if (why !== undefined) process.stderr.write(`full-disk.test.ts is skipped: ${why}\n`);

/** Writes until nothing fits, then gives `room` back. @returns what makes the disk empty again. */
function fill(folder: string, room: number, name = 'filler'): () => void {
  const path = join(folder, name);
  const file = openSync(path, 'w');
  const block = new Uint8Array(4_096);
  let bytes = 0;
  try {
    for (;;) bytes += writeSync(file, block);
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  }
  closeSync(file);
  truncateSync(path, bytes - room);
  return () => rmSync(path);
}

describe.skipIf(why !== undefined)('a full disk', () => {
  const cores = new RealCores();
  let small: string;
  let ada: RunningCore;
  let bob: RunningCore;
  let bobKey: string;
  let adaKey: string;

  beforeEach(async () => {
    small = mkdtempSync(join(tmpdir(), 'parley-small-'));
    mount(small);
  });
  afterEach(async () => {
    await cores.stopAll();
    unmount(small);
    rmSync(small, { recursive: true, force: true });
  });

  async function befriend(folders: { ada?: string; bob?: string }): Promise<void> {
    const bootstrap = [(await cores.start()).info().bootstrapAddress];
    const start = (name: string, dataDir?: string) =>
      cores.start({ ephemeralProfile: name, bootstrap, ...(dataDir === undefined ? {} : { dataDir }) });
    [ada, bob] = await Promise.all([start('Ada', folders.ada), start('Bob', folders.bob)]);
    const asked = nextEvent(bob, 'friends.requested', ({ request }) => request !== null);
    const online = nextEvent(ada, 'friends.changed', ({ friend }) => friend?.presence === 'online');
    const bobId = bob.info().publicId!;
    bobKey = (await ada.handlers['friends.add']({ publicId: bobId, alias: 'Bob', greeting: '' })).key;
    adaKey = (await asked).key;
    await bob.handlers['friends.accept']({ publicId: adaKey, alias: 'Ada' });
    await online;
  }

  const ids = (messages: readonly MessageView[]) => messages.map(({ id }) => id);
  const history = async (core: RunningCore, friend: string) =>
    await core.handlers['messages.list']({ friend, limit: 500 });

  /** Resolves when every message of Ada's chat is delivered. */
  async function allDelivered(): Promise<void> {
    while ((await history(ada, bobKey)).some(({ state }) => state !== 'delivered'))
      await nextEvent(ada, 'messages.changed');
  }

  it('is told to who writes, loses nothing that was accepted, and is forgotten when there is room', async () => {
    await befriend({ ada: small });
    const empty = fill(small, ROOM_BYTES);
    const accepted: string[] = [];
    let refusal: unknown;
    while (refusal === undefined && accepted.length < 400) {
      const sent = ada.handlers['messages.send']({ friend: bobKey, text: TEXT });
      await Promise.resolve(sent).then(
        ({ id }) => accepted.push(id),
        (error: unknown) => {
          refusal = error;
        },
      );
    }
    expect(refusal).toMatchObject({ code: 'disk-full' });
    expect(accepted.length).toBeGreaterThan(5);
    expect(ids(await history(ada, bobKey))).toEqual(accepted);
    empty();
    accepted.push((await ada.handlers['messages.send']({ friend: bobKey, text: 'room again' })).id);
    await allDelivered();
    expect(ids(await history(bob, adaKey))).toEqual(accepted);
    await cores.stop(ada);
    const again = await cores.start({ dataDir: small });
    expect(ids(await history(again, bobKey))).toEqual(accepted);
  });

  it('keeps nobody from opening the profile, after a clean end and after a crash', async () => {
    const first = await cores.start({ dataDir: small, ephemeralProfile: 'Ada' });
    const { publicId } = first.info();
    const crashed = await cores.folder();
    cpSync(small, crashed, { recursive: true });
    await cores.stop(first);
    cpSync(crashed, small, { recursive: true });
    const empty = fill(small, 0);
    openDataFolder(small).release();
    const full = await cores.start({ dataDir: small });
    expect(full.info().publicId).toBe(publicId);
    await cores.stop(full);
    empty();
    expect((await cores.start({ dataDir: small })).info().publicId).toBe(publicId);
  });

  it('keeps nobody from opening the profile either when it came before the end', async () => {
    for (const room of [0, 8_192, 16_384]) {
      const dataDir = join(small, String(room));
      mkdirSync(dataDir);
      const first = await cores.start({ dataDir, ephemeralProfile: 'Ada' });
      const { publicId } = first.info();
      const empty = fill(small, room);
      await cores.stop(first);
      const emptyToo = fill(small, 0, 'rest');
      const full = await cores.start({ dataDir });
      expect(full.info().publicId).toBe(publicId);
      await cores.stop(full);
      empty();
      emptyToo();
    }
  });

  it('of the receiver acknowledges nothing that is not kept; all of it comes when there is room', async () => {
    await befriend({ bob: small });
    const empty = fill(small, ROOM_BYTES);
    const broken = nextEvent(bob, 'friends.changed', ({ friend }) => friend?.presence !== 'online');
    for (let i = 0; i < 60; i++) await ada.handlers['messages.send']({ friend: bobKey, text: TEXT });
    await broken;
    const kept = new Set(ids(await history(bob, adaKey)));
    const sent = await history(ada, bobKey);
    expect(kept.size).toBeLessThan(60);
    for (const { id, state } of sent) if (state === 'delivered') expect(kept).toContain(id);
    empty();
    await allDelivered();
    expect(ids(await history(bob, adaKey))).toEqual(ids(sent));
  });
});
