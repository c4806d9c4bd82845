import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../testing/seeded-random.ts';
import { DelayHistogram } from './delay-histogram.ts';
import { ReceptionMeter } from './reception.ts';
import { Transit } from './transit.ts';

const packet = (sequence: number) => ({ sequence, clock: sequence * 960, sentAt: sequence * 20 });

describe('the reception', () => {
  it('tells the share of losses of about the last two seconds', () => {
    const meter = new ReceptionMeter();
    for (let i = 0; i < 500; i++) if (i % 10 !== 0) meter.heard(packet(i), i * 20 + 30);
    expect(meter.reception.loss).toBeCloseTo(0.1, 2);
    expect(meter.reception).toMatchObject({ highest: 499, jitterMs: 0, queueingMs: 0 });
    for (let i = 500; i < 650; i++) meter.heard(packet(i), i * 20 + 30);
    expect(meter.reception.loss).toBe(0);
  });

  it('tells how many are lost in a row', () => {
    const meter = new ReceptionMeter();
    for (let i = 0; i < 300; i++) if (i % 10 !== 5) meter.heard(packet(i), i * 20);
    expect(meter.reception.run).toBe(1);
    for (let i = 300; i < 1_200; i++) if (i % 30 > 2) meter.heard(packet(i), i * 20);
    expect(meter.reception.run).toBeGreaterThan(2.9);
    expect(meter.reception.run).toBeLessThanOrEqual(3);
  });

  it('does not take reordering for loss', () => {
    const meter = new ReceptionMeter();
    for (let i = 0; i < 200; i += 2) for (const at of [i + 1, i]) meter.heard(packet(at), i * 20 + 60);
    expect(meter.reception.loss).toBe(0);
  });

  it('measures jitter as RFC 3550 does', () => {
    const meter = new ReceptionMeter();
    for (let i = 0; i < 500; i++) meter.heard(packet(i), i * 20 + (i % 2) * 8);
    expect(meter.reception.jitterMs).toBeCloseTo(8, 1);
  });

  it('sees a queue grow and shrink', () => {
    const meter = new ReceptionMeter();
    for (let i = 0; i < 300; i++) meter.heard(packet(i), i * 20 + 30 + Math.max(0, i - 200));
    expect(meter.reception.queueingMs).toBeGreaterThan(70);
    for (let i = 300; i < 400; i++) meter.heard(packet(i), i * 20 + 30);
    expect(meter.reception.queueingMs).toBeLessThan(2);
  });

  it('is nothing before the first packet', () => {
    expect(new ReceptionMeter().reception).toEqual({ highest: 0, loss: 0, run: 0, jitterMs: 0, queueingMs: 0 });
  });
});

describe('the histogram of delays', () => {
  it('has the quantiles of what was added, rounded up to 5 ms', () => {
    const histogram = new DelayHistogram(0);
    const random = new SeededRandom('delays');
    for (let i = 0; i < 5_000; i++) histogram.add(random.uniform() * 100);
    expect(histogram.quantile(0.5)).toBeGreaterThan(42);
    expect(histogram.quantile(0.5)).toBeLessThan(58);
    expect(histogram.quantile(0.99)).toBeGreaterThan(94);
    expect(histogram.quantile(1)).toBe(100);
  });

  it('forgets: half of the weight is of the last seven seconds', () => {
    const histogram = new DelayHistogram(0);
    for (let i = 0; i < 2_000; i++) histogram.add(200);
    for (let i = 0; i < 360; i++) histogram.add(0);
    expect(histogram.quantile(0.5)).toBe(5);
    expect(histogram.quantile(0.6)).toBeGreaterThan(100);
  });

  it('begins with what is expected and learns soon', () => {
    const histogram = new DelayHistogram(40);
    expect(histogram.quantile(0.99)).toBe(45);
    for (let i = 0; i < 75; i++) histogram.add(0);
    expect(histogram.quantile(0.99)).toBe(5);
  });
});

describe('transit times', () => {
  it('have the least of the last ten seconds as their base', () => {
    const transit = new Transit();
    expect(transit.base).toBeUndefined();
    for (let s = 0; s < 20; s++) transit.add(s < 5 ? 10 : 50, s * 1_000);
    expect(transit.base).toBe(50);
    transit.add(20, 20_100);
    expect(transit.base).toBe(20);
  });

  it('show how the clocks drift, and say nothing before they know', () => {
    const transit = new Transit();
    const random = new SeededRandom('drift');
    for (let ms = 0; ms < 10_000; ms += 20) transit.add((ms * 80) / 1e6 + random.uniform() * 20, ms);
    expect(transit.skewPpm).toBeUndefined();
    for (let ms = 10_000; ms < 60_000; ms += 20) transit.add((ms * 80) / 1e6 + random.uniform() * 20, ms);
    expect(transit.skewPpm).toBeGreaterThan(60);
    expect(transit.skewPpm).toBeLessThan(100);
  });
});
