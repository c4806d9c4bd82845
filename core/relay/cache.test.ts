import { beforeEach, describe, expect, it } from 'vitest';
import { nameOf } from '../dht/contact.ts';
import { nodeId } from '../ids/bytes.ts';
import { StoreError } from '../store/errors.ts';
import { MemoryCacheDisk } from '../testing/memory-cache.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { Cache, type Kept } from './cache.ts';
import { type Envelope, makeEnvelope } from './envelope.ts';
import { DEFAULT_SETTINGS } from './settings.ts';

const KIB = 1024;
const quotas = { ...DEFAULT_SETTINGS.quotas, strangerEnvelopes: 4 };
const settings = { ...DEFAULT_SETTINGS, capacityBytes: 64 * KIB, maxLifeMs: 1_000_000, quotas };
const DAY_MS = 86_400_000;

let clock: ReturnType<VirtualClock['node']>;
let world: VirtualClock;
let disk: MemoryCacheDisk;
let cache: Cache;
let random: SeededRandom;

beforeEach(() => {
  world = new VirtualClock();
  clock = world.node(0);
  disk = new MemoryCacheDisk();
  random = new SeededRandom('cache');
  cache = new Cache({ store: disk.open(), clock, settings });
});

const somebody = () => nodeId(random.bytes(32));
const envelopeFor = (destination = somebody(), size = 848): Envelope =>
  makeEnvelope({ destination, copies: 2, body: random.bytes(size) });
const keep = (envelope: Envelope, source: string, stranger = false) =>
  cache.keep(envelope, { source, stranger, lifeMs: DAY_MS });

/** Keeps envelopes for `destination` until one is refused; how many found room. */
function fill(
  destination: () => ReturnType<typeof somebody>,
  source: (i: number) => string,
  stranger: boolean,
): number {
  for (let i = 0; i < 1_000; i++) if (keep(envelopeFor(destination()), source(i), stranger) === 'full') return i;
  return 1_000;
}

describe('the relay cache', () => {
  it('gives back what it keeps, with the life it granted, also after a restart', async () => {
    const envelope = envelopeFor();
    expect(keep(envelope, 'a')).not.toBe('full');
    expect(cache.lifeMs(cache.get(envelope.name)!)).toBe(settings.maxLifeMs);
    await world.runFor(1);
    disk.crash();
    const again = new Cache({ store: disk.open(), clock, settings });
    const kept = again.get(envelope.name)!;
    expect(again.envelope(kept)?.bytes).toEqual(envelope.bytes);
    expect(again.envelopes).toBe(1);
    expect(again.bytes).toBe(envelope.bytes.length);
  });

  it('lets a life end by its own clock', async () => {
    keep(envelopeFor(), 'a');
    await world.runFor(settings.maxLifeMs - 1_000);
    expect(cache.expired()).toHaveLength(0);
    await world.runFor(2_000);
    expect(cache.expired()).toHaveLength(1);
  });

  it('gives one destination and one source no more than their share', () => {
    const one = somebody();
    const perDestination = fill(
      () => one,
      (i) => `s${i}`,
      false,
    );
    expect(perDestination * 884).toBeLessThanOrEqual(8 * KIB);
    expect(perDestination).toBeGreaterThan(5);
    expect(keep(envelopeFor(), 'another')).not.toBe('full');
    const perSource = fill(somebody, () => 'flooder', false);
    expect(perSource * 884).toBeLessThanOrEqual(16 * KIB);
    expect(keep(envelopeFor(), 'somebody else')).not.toBe('full');
  });

  it('never displaces what a policy vouches for: strangers go first, then it refuses', () => {
    const friends = Array.from({ length: 40 }, () => envelopeFor());
    for (const [i, envelope] of friends.entries()) expect(keep(envelope, `f${i}`)).not.toBe('full');
    const displaced: string[] = [];
    cache.onLost = ({ name }) => displaced.push(name);
    const strangers = Array.from({ length: 100 }, () => envelopeFor());
    for (const [i, envelope] of strangers.entries()) keep(envelope, `s${i}`, true);
    for (let i = 0; i < 100; i++) keep(envelopeFor(), `g${i}`);
    expect(displaced.slice(0, 3)).toEqual(strangers.slice(0, 3).map(({ name }) => name));
    for (const { name } of friends) expect(cache.get(name)).toBeDefined();
    expect(cache.bytes).toBeLessThanOrEqual(settings.capacityBytes);
    expect(keep(envelopeFor(), 'late')).toBe('full');
  });

  it('gives up what is in reserve first, and counts it in no share', () => {
    const destination = somebody();
    const full = fill(
      () => destination,
      (i) => `source ${i}`,
      false,
    );
    const reserve = [...cache.all()];
    for (const kept of reserve) cache.setReserve(kept, true);
    expect(cache.bytes).toBe(reserve.reduce((sum, { size }) => sum + size, 0));
    const displaced: string[] = [];
    cache.onLost = ({ name }) => displaced.push(name);
    cache.setReserve(reserve[1]!, false);
    expect(keep(envelopeFor(destination), 'another')).not.toBe('full');
    expect(displaced).toEqual([]);
    const stranger = envelopeFor();
    expect(keep(stranger, 'stranger', true)).not.toBe('full');
    for (let i = 0; displaced.length < full; i++) expect(keep(envelopeFor(), `friend ${i}`)).not.toBe('full');
    expect(displaced).toEqual([...reserve.filter((_, i) => i !== 1).map(({ name }) => name), stranger.name]);
    expect(cache.get(reserve[1]!.name)).toBeDefined();
    expect(cache.bytes).toBeLessThanOrEqual(settings.capacityBytes);
  });

  it('forgets what a damaged disk cannot give back, says so once, and keeps the rest', () => {
    const [broken, whole] = [envelopeFor(), envelopeFor()];
    const store = disk.open();
    const read = store.bytes.bind(store);
    store.bytes = (id) => {
      if (nameOf(id) === broken.name) throw new StoreError('database-corrupt', 'the profile database is damaged');
      return read(id);
    };
    cache = new Cache({ store, clock, settings });
    const lost: string[] = [];
    cache.onLost = ({ name }, why) => lost.push(`${name} ${why}`);
    const [kept] = [broken, whole].map((envelope) => keep(envelope, 'a') as Kept);
    for (let i = 0; i < 2; i++) expect(cache.envelope(kept!)).toBeUndefined();
    expect(lost).toEqual([`${broken.name} unreadable`]);
    expect(cache.envelopes).toBe(1);
    expect(cache.envelope(cache.get(whole.name)!)?.bytes).toEqual(whole.bytes);
  });

  it('keeps a trickle for a destination that nobody vouches for', () => {
    const one = somebody();
    const taken = fill(
      () => one,
      (i) => `s${i}`,
      true,
    );
    expect(taken).toBe(quotas.strangerEnvelopes);
    expect(keep(envelopeFor(), 'a', true)).not.toBe('full');
  });

  it('counts what was forgotten as free', () => {
    const envelope = envelopeFor();
    keep(envelope, 'a');
    cache.forget(cache.get(envelope.name)!);
    expect([cache.envelopes, cache.bytes, cache.destinations]).toEqual([0, 0, 0]);
    expect(disk.envelopes.size).toBe(0);
  });

  it('counts what a policy vouches for later as a friend’s, where friends have room, also after a restart', async () => {
    const one = somebody();
    const strangers = Array.from({ length: 3 }, () => envelopeFor(one));
    for (const envelope of strangers) keep(envelope, 'a', true);
    cache.vouch(strangers[0]!);
    fill(
      () => one,
      (i) => `s${i}`,
      false,
    );
    cache.vouch(strangers[1]!);
    cache.vouch(envelopeFor(one));
    const standing = (of: Cache) => strangers.map(({ name }) => of.get(name)?.stranger);
    expect(standing(cache)).toEqual([false, true, true]);
    await world.runFor(1);
    disk.crash();
    expect(standing(new Cache({ store: disk.open(), clock, settings }))).toEqual([false, true, true]);
  });

  it('names what has to go when it gets smaller, strangers first', () => {
    const stranger = envelopeFor();
    const friend = envelopeFor();
    keep(friend, 'a');
    keep(stranger, 'b', true);
    expect(cache.setCapacity(1_000).map(({ name }) => name)).toEqual([stranger.name]);
    expect(cache.setCapacity(0).map(({ name }) => name)).toEqual([stranger.name, friend.name]);
  });
});
