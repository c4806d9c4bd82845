import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../ports/network.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { IDLE_PROBE_MS, Path, type PathMessage, SILENCE_MS } from './path.ts';

const HOME = { host: '192.0.2.1', port: 1 };
const AWAY = { host: '192.0.2.2', port: 2 };
const OTHER = { host: '192.0.2.3', port: 3 };

interface Sent {
  readonly at: number;
  readonly to: Endpoint;
  readonly message: PathMessage;
}

function walking(candidates: readonly Endpoint[] = [HOME, OTHER]) {
  const clock = new VirtualClock();
  const sent: Sent[] = [];
  const events: string[] = [];
  const path = new Path({
    remote: HOME,
    clock,
    random: new SeededRandom('path'),
    host: {
      sendControl: (message, to) => sent.push({ at: clock.now(), to, message }),
      candidates: () => candidates,
      moved: (to) => events.push(`moved ${to.port}`),
      askOverlay: () => events.push('ask'),
      silent: () => {
        events.push('silent');
        path.stop();
      },
    },
  });
  const last = (kind: PathMessage['kind'], to: Endpoint) =>
    sent.findLast((entry) => entry.message.kind === kind && entry.to === to)?.message;
  /** The peer answers the last challenge that went to `to`. */
  const respond = (to: Endpoint, from: Endpoint = to) => {
    const challenge = last('challenge', to);
    if (challenge?.kind === 'challenge') path.receive({ kind: 'response', body: challenge.body }, from);
  };
  return { clock, path, sent, events, last, respond };
}

describe('silence', () => {
  it('is probed ever faster, at all places the peer may be, and ends the link', async () => {
    const { clock, sent, events } = walking();
    await clock.runFor(60_000);
    const home = sent.filter(({ to }) => to === HOME).map(({ at }) => at);
    expect(home[0]!).toBeLessThanOrEqual(IDLE_PROBE_MS);
    const gaps = home.slice(1).map((at, i) => at - home[i]!);
    expect(gaps.length).toBeGreaterThanOrEqual(2);
    expect(gaps).toEqual([...gaps].sort((a, b) => b - a));
    expect(sent.some(({ to }) => to === OTHER)).toBe(true);
    expect(events).toEqual(['ask', 'silent']);
    expect(clock.now()).toBe(60_000);
    expect(sent.at(-1)!.at).toBeLessThan(SILENCE_MS + 1_500);
  });

  it('is noticed sooner when we sent something, and any sign of life ends the suspicion', async () => {
    const { clock, path, sent, events } = walking();
    path.sent();
    await clock.runFor(2_100);
    expect(sent.length).toBe(1);
    path.heard();
    await clock.runFor(10_000);
    expect(sent.length).toBe(1);
    for (let i = 0; i < 100; i++) {
      path.sent();
      await clock.runFor(500);
      path.heard();
    }
    expect(sent.length).toBe(1);
    expect(events).toEqual([]);
  });

  it('does not go on after stop', async () => {
    const { clock, path, sent } = walking();
    path.heardNewest(AWAY);
    path.stop();
    const before = sent.length;
    await clock.runFor(100_000);
    expect(sent.length).toBe(before);
  });
});

describe('round-trip time', () => {
  it('is the smoothed time of our probes, and a pong nobody asked for is no measurement', async () => {
    const { clock, path, last } = walking();
    for (const delay of [100, 20, 20, 20]) {
      path.probe();
      await clock.runFor(delay);
      const ping = last('ping', HOME)!;
      path.receive({ kind: 'pong', body: ping.body as { number: number } }, HOME);
      path.receive({ kind: 'pong', body: ping.body as { number: number } }, HOME);
    }
    path.receive({ kind: 'pong', body: { number: 12_345 } }, HOME);
    expect(path.rttMs).toBeCloseTo(20 + 80 * (7 / 8) ** 3, 1);
  });

  it('is measured at the present address, however many others are probed with it', async () => {
    const others = Array.from({ length: 10 }, (_, i) => ({ host: '192.0.2.9', port: i + 1 }));
    const { clock, path, last } = walking(others);
    path.probeAll();
    await clock.runFor(20);
    path.receive({ kind: 'pong', body: last('ping', HOME)!.body as { number: number } }, HOME);
    expect(path.rttMs).toBe(20);
    await clock.runFor(200);
    path.receive({ kind: 'pong', body: last('ping', others[9]!)!.body as { number: number } }, others[9]!);
    expect(path.rttMs).toBe(20);
  });

  it('is what the peer measures by our pongs, sent back to where the ping came from', () => {
    const { path, sent } = walking();
    path.receive({ kind: 'ping', body: { number: 7 } }, AWAY);
    path.receive({ kind: 'challenge', body: { nonce: new Uint8Array(8) } }, OTHER);
    expect(sent.map(({ message, to }) => [message.kind, to])).toEqual([
      ['pong', AWAY],
      ['response', OTHER],
    ]);
  });
});

describe('a new address', () => {
  it('is taken when it answers and the old one does not', async () => {
    const { clock, path, events, respond } = walking();
    path.heardNewest(AWAY);
    expect(path.remote).toBe(HOME);
    await clock.runFor(10);
    respond(AWAY);
    expect(path.remote).toBe(HOME);
    await clock.runFor(40);
    expect(path.remote).toBe(AWAY);
    expect(events).toEqual(['moved 2']);
  });

  it('is not taken when the old one answers too, before or after, and is left alone for a while', async () => {
    for (const order of [
      [AWAY, HOME],
      [HOME, AWAY],
    ]) {
      const { clock, path, sent, events, respond } = walking();
      path.heardNewest(AWAY);
      for (const place of order) respond(place);
      await clock.runFor(1_000);
      expect(path.remote).toBe(HOME);
      const before = sent.length;
      path.heardNewest(AWAY);
      expect(sent.length).toBe(before);
      await clock.runFor(10_000);
      path.heardNewest(AWAY);
      expect(sent.length).toBeGreaterThan(before);
      expect(events).toEqual([]);
    }
  });

  it('is not taken without an answer, with a wrong one, or with one from elsewhere', async () => {
    const { clock, path, sent, events, respond } = walking();
    path.heardNewest(HOME);
    expect(sent).toEqual([]);
    path.heardNewest(AWAY);
    path.heardNewest(AWAY);
    expect(sent.length).toBe(2);
    path.receive({ kind: 'response', body: { nonce: new Uint8Array(8) } }, AWAY);
    respond(AWAY, OTHER);
    await clock.runFor(5_000);
    respond(AWAY);
    await clock.runFor(100);
    expect(events).toEqual([]);
    expect(path.remote).toBe(HOME);
  });

  it('is asked again when packets are lost, and a still newer address takes over', async () => {
    const { clock, path, sent, events, respond } = walking();
    path.heardNewest(AWAY);
    await clock.runFor(1_500);
    expect(sent.filter(({ message, to }) => message.kind === 'challenge' && to === AWAY).length).toBe(4);
    path.heardNewest(OTHER);
    respond(AWAY);
    respond(OTHER);
    await clock.runFor(100);
    expect(events).toEqual(['moved 3']);
  });
});
