import { describe, expect, it } from 'vitest';
import type { ControlFrame } from '../codec/link.ts';
import { createProfileKeyPair, hash32 } from '../crypto/crypto.ts';
import { equalBytes } from '../ids/bytes.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { type NodeClock, VirtualClock } from '../testing/virtual-clock.ts';
import { EpochMachine, type EpochOptions, LATE_DATAGRAM_MS, REKEY_AFTER_MS, SWITCH_GRACE_MS } from './epoch.ts';
import { pairWith } from './handshake.ts';
import { linkIdentity } from './identity.ts';
import type { EpochKeys } from './keys.ts';

const WIPED = new Uint8Array(32);

/** What one end's link would hold: the keys in force, and a log of what the machine did. */
class End {
  machine!: EpochMachine;
  peer!: End;
  send: EpochKeys['send'] | undefined;
  receiveStream: Uint8Array | undefined;
  readonly datagrams = new Map<number, Uint8Array>();
  readonly log: string[] = [];
  readonly received: ControlFrame[] = [];
  /** False when a frame was refused. */
  obeyed = true;
  cut = false;
  /** Frames that wait while this end's process stands still; undefined while it runs. */
  #held: ControlFrame[] | undefined;
  readonly clock: NodeClock;

  constructor(
    readonly world: VirtualClock,
    options: Omit<EpochOptions, 'clock' | 'host' | 'handshakeHash'>,
    delayMs: number,
  ) {
    this.clock = world.node();
    this.machine = new EpochMachine({
      ...options,
      clock: this.clock,
      handshakeHash: hash32('first'),
      host: {
        sendControl: (frame) => {
          this.log.push(`send ${frame.kind}`);
          if (!this.cut) world.after(delayMs, () => this.peer.take(frame));
        },
        switchSend: (epoch, keys) => {
          this.log.push(`switch send ${epoch}`);
          this.send = keys;
        },
        switchReceive: (key) => {
          this.log.push('switch receive');
          this.receiveStream = key;
        },
        addDatagrams: (epoch, key) => this.datagrams.set(epoch, key),
        dropDatagramsBefore: (before) => {
          this.log.push(`drop before ${before}`);
          for (const epoch of this.datagrams.keys()) if (epoch < before) this.datagrams.delete(epoch);
        },
        expired: () => this.log.push('expired'),
      },
    });
  }

  /** The process stands still: what comes waits, and its timers too. */
  stall(): void {
    this.#held = [];
    this.clock.sleep();
  }

  /** It runs on. */
  goOn(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    this.clock.wake();
    for (const frame of held) this.take(frame);
  }

  take(frame: ControlFrame): void {
    if (this.#held !== undefined) {
      this.#held.push(frame);
      return;
    }
    this.received.push(frame);
    this.obeyed &&= this.machine.receive(frame);
  }
}

interface Setup {
  readonly epochMs?: number;
  readonly rekeyAfterMs?: number;
  readonly delayMs?: number;
}

function ends(
  seed: string,
  { epochMs = 300_000, rekeyAfterMs = REKEY_AFTER_MS, delayMs = 20 }: Setup = {},
): [End, End, VirtualClock] {
  const world = new VirtualClock();
  const random = new SeededRandom(seed);
  const profiles = [createProfileKeyPair(random), createProfileKeyPair(random)] as const;
  const make = (own: 0 | 1) => {
    const pair = pairWith(linkIdentity(profiles[own]), profiles[1 - own]!.publicKey, random)!;
    return new End(world, { pair, random: random.fork(own), epochMs, rekeyAfterMs }, delayMs);
  };
  const [a, b] = [make(0), make(1)];
  a.peer = b;
  b.peer = a;
  return [a, b, world];
}

function expectSameKeys(a: End, b: End): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    expect(equalBytes(from.send!.stream, to.receiveStream!)).toBe(true);
    expect(equalBytes(from.send!.datagram, to.datagrams.get(to.machine.sendEpoch)!)).toBe(true);
  }
  expect(equalBytes(a.send!.stream, b.send!.stream)).toBe(false);
}

describe('EpochMachine', () => {
  it('verifies anew, then changes the keys of both directions, the responder after the proof', async () => {
    const [a, b, world] = ends('order');
    await world.runFor(1_000);
    a.machine.begin();
    await world.runFor(200);
    expect(a.log).toEqual([
      'send rekeyHello',
      'send switch',
      'switch send 1',
      'send confirm',
      'switch receive',
      'drop before 0',
    ]);
    expect(b.log).toEqual(['send rekeyWelcome', 'switch receive', 'send switch', 'switch send 1', 'drop before 0']);
    expect([a.machine.sendEpoch, b.machine.sendEpoch]).toEqual([1, 1]);
    expectSameKeys(a, b);
    await world.runFor(LATE_DATAGRAM_MS);
    expect([a.log.at(-1), b.log.at(-1)]).toEqual(['drop before 1', 'drop before 1']);
  });

  it('begins by itself in time, on both sides alike, for ever, with new keys each time', async () => {
    const [a, b, world] = ends('periodic');
    const keys = new Set<string>();
    for (let epoch = 1; epoch <= 20; epoch++) {
      await world.runUntilTrue(() => a.machine.sendEpoch === epoch && b.machine.sendEpoch === epoch, 300_000);
      await world.runFor(100);
      expectSameKeys(a, b);
      keys.add(String(a.send!.stream)).add(String(b.send!.stream));
      expect(Math.max(a.machine.ageMs, b.machine.ageMs)).toBeLessThan(1_000);
    }
    expect(keys.size).toBe(40);
    expect(a.obeyed && b.obeyed).toBe(true);
    expect([...a.log, ...b.log]).not.toContain('expired');
  });

  it('lets one offer stand when both begin at once, whatever the timing', async () => {
    for (let offset = -45; offset <= 45; offset += 5) {
      const [a, b, world] = ends(`collision ${offset}`);
      world.after(1_000, () => a.machine.begin());
      world.after(1_000 + offset, () => b.machine.begin());
      await world.runFor(2_000);
      expect([a.machine.sendEpoch, b.machine.sendEpoch], `offset ${offset}`).toEqual([1, 1]);
      expect(a.obeyed && b.obeyed).toBe(true);
      expectSameKeys(a, b);
    }
  });

  it('ends the link rather than use a key beyond its life', async () => {
    const [a, b, world] = ends('deadline');
    a.cut = true;
    b.cut = true;
    await world.runFor(299_999);
    expect([...a.log, ...b.log]).not.toContain('expired');
    expect(a.machine.checkExpired()).toBe(false);
    await world.runFor(1);
    expect(a.log.at(-1)).toBe('expired');
    expect(b.log.at(-1)).toBe('expired');
    expect(a.machine.nextInMs).toBe(0);
  });

  it('ends it also when the answer was lost half way, and counts the new keys from when they were made', async () => {
    const [a, b, world] = ends('half way', { epochMs: 10_000, rekeyAfterMs: 2_000 });
    a.machine.begin();
    await world.runFor(30);
    b.cut = true;
    await world.runFor(9_969);
    expect(a.log).not.toContain('expired');
    await world.runFor(2);
    expect(a.log).toContain('expired');
    expect(b.log).toContain('expired');
  });

  it('waits for a process that stood still for a minute, though keys are to change every two seconds', async () => {
    const every = { rekeyAfterMs: 2_000, epochMs: 2_000 + SWITCH_GRACE_MS };
    // Wherever in the change it stops: of four frames it may lack none to all.
    for (let at = 1_700; at < 2_200; at += 10) {
      const [a, b, world] = ends(`stall ${at}`, every);
      await world.runFor(at);
      b.stall();
      await world.runFor(60_000);
      b.goOn();
      await world.runFor(10_000);
      expect([...a.log, ...b.log], `stopped at ${at}`).not.toContain('expired');
      expect(a.obeyed && b.obeyed, `stopped at ${at}`).toBe(true);
      expect(Math.min(a.machine.sendEpoch, b.machine.sendEpoch)).toBeGreaterThanOrEqual(4);
    }
  });

  it('keeps datagram keys of the last epoch only, though keys change more often than datagrams may be late', async () => {
    const [a, , world] = ends('often', { rekeyAfterMs: 1_000 });
    for (let i = 0; i < 40; i++) {
      await world.runFor(500);
      expect(a.datagrams.size).toBeLessThanOrEqual(3);
    }
    expect(a.machine.sendEpoch).toBeGreaterThan(15);
  });

  it('counts the sleep of the computer, though the monotonic clock stands still', async () => {
    const [a, b, world] = ends('sleep');
    b.cut = true;
    a.clock.sleep();
    await world.runFor(301_000);
    a.clock.wake();
    expect(a.clock.now()).toBe(0);
    expect(a.machine.checkExpired()).toBe(true);
  });

  it('refuses frames out of order, of a wrong epoch, or forged', async () => {
    const noise = new Uint8Array(48);
    const wrong: ControlFrame[] = [
      { kind: 'rekeyHello', body: { epoch: 1, noise: new Uint8Array(96) } },
      { kind: 'rekeyHello', body: { epoch: 2, noise: new Uint8Array(96) } },
      { kind: 'rekeyWelcome', body: { epoch: 1, noise } },
      { kind: 'switch', body: { epoch: 1 } },
      { kind: 'confirm', body: { epoch: 1 } },
    ];
    for (const frame of wrong) {
      const [a, , world] = ends('rules');
      await world.runFor(5_000);
      expect(a.machine.receive(frame), frame.kind).toBe(false);
    }
    const [a, b, world] = ends('forged welcome');
    await world.runFor(1_000);
    a.machine.begin();
    expect(a.machine.receive({ kind: 'rekeyWelcome', body: { epoch: 1, noise } })).toBe(false);
    await world.runFor(25);
    // The proof before the switch would leave the peer on its old key.
    expect(b.machine.receive({ kind: 'confirm', body: { epoch: 1 } })).toBe(false);
    expect(b.machine.receive({ kind: 'switch', body: { epoch: 1 } })).toBe(true);
    expect(b.machine.receive({ kind: 'switch', body: { epoch: 1 } })).toBe(false);
  });

  it('refuses a peer that wants new keys all the time', async () => {
    const [a, b, world] = ends('greedy', { delayMs: 1 });
    await world.runFor(1_000);
    a.machine.begin();
    await world.runFor(20);
    a.machine.begin();
    await world.runFor(20);
    expect(b.obeyed).toBe(false);
  });

  it('wipes what it holds when it stops half way', async () => {
    const [a, b, world] = ends('stop');
    await world.runFor(1_000);
    a.machine.begin();
    await world.runFor(30);
    const key = b.datagrams.get(1)!;
    expect(equalBytes(key, WIPED)).toBe(false);
    b.machine.stop();
    expect(equalBytes(key, WIPED)).toBe(true);
    a.machine.stop();
    await world.runFor(1_000_000);
    expect([...a.log, ...b.log]).not.toContain('expired');
  });
});
