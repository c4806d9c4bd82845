import { describe, expect, it } from 'vitest';
import { recordingHost } from './recording-host.ts';
import { SeededRandom } from './seeded-random.ts';
import { simulate } from './simulate-command.ts';
import { measureVoice } from './simulate-voice.ts';
import { parseVoiceArguments } from './simulate-voice-command.ts';
import { VOICE_PATHS } from './voice-paths.ts';

const path = (name: string) => VOICE_PATHS.find((one) => one.name === name)!;
const measure = (name: string, seconds = 60) => measureVoice(path(name), { seed: 'test', seconds });

describe('a call in the simulator', () => {
  it('is heard within 60 ms on a local network, without a gap', async () => {
    const { p95Ms, concealedShare, missingShare, earlier } = await measure('LAN', 120);
    expect(p95Ms).toBeLessThanOrEqual(60);
    expect([concealedShare, missingShare, earlier]).toEqual([0, 0, []]);
  });

  it('is heard within 150 ms with 60 ms one way and 30 ms of jitter', async () => {
    const { p95Ms, concealedShare } = await measure('60 ms + 30');
    expect(p95Ms).toBeLessThanOrEqual(150);
    expect(concealedShare).toBeLessThan(0.005);
  });

  it('conceals less than 1 % of the frames where 10 % are lost', async () => {
    const { concealedShare, earlier, p95Ms } = await measure('10 % loss', 120);
    expect(earlier).toEqual([1, 2]);
    expect(concealedShare).toBeLessThan(0.01);
    expect(p95Ms).toBeLessThan(150);
  });

  it('is the same for the same seed', async () => {
    expect(await measure('mobile', 20)).toEqual(await measure('mobile', 20));
  });
});

describe('the modelled paths', () => {
  it.each([
    ['10 % loss', 0.1],
    ['5 % bursts', 0.05],
    ['LAN', 0],
  ])('%s loses its share', (name, share) => {
    const fate = path(name).make(new SeededRandom('path'));
    let lost = 0;
    for (let i = 0; i < 20_000; i++) if (fate(i * 20) === undefined) lost++;
    expect(lost / 20_000).toBeGreaterThanOrEqual(share * 0.85);
    expect(lost / 20_000).toBeLessThanOrEqual(share * 1.15);
  });
});

describe('the command', () => {
  async function run(args: readonly string[]) {
    const { host, told } = recordingHost(args);
    await simulate(host);
    return told;
  }

  it('prints a row for each path and draws', async () => {
    const told = await run(['voice', '--seconds', '10', '--figure']);
    for (const { name } of VOICE_PATHS) expect(told.out).toContain(`| ${name} |`);
    const svg = told.files.get('docs/figures/voice.svg')!;
    expect(svg.match(/<path/g)!.length).toBe(VOICE_PATHS.length + 2);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('refuses what makes no sense', async () => {
    for (const args of [['--seconds', '1'], ['--seconds', 'x'], ['--nodes', '3'], ['5']]) {
      const told = await run(['voice', ...args]);
      expect(told).toMatchObject({ out: '', code: 2 });
      expect(told.err).toContain('npm run simulate -- voice');
    }
    expect(parseVoiceArguments([])).toEqual({ seconds: 120, seed: 'parley', figure: false });
  });
});
