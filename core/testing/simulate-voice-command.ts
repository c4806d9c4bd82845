import { type CommandHost, parseFlags } from './command-host.ts';
import { measureVoice, type VoiceMeasurement, type VoiceOptions } from './simulate-voice.ts';
import { drawVoice } from './simulate-voice-figure.ts';
import { VOICE_PATHS } from './voice-paths.ts';

export const VOICE_FIGURE = 'docs/figures/voice.svg';
export const VOICE_USAGE = `npm run simulate -- voice [OPTION]...

  --seconds N       length of each call (120)
  --seed TEXT       another run (parley)
  --figure          draws ${VOICE_FIGURE}
`;
const MAX_SECONDS = 3_600;

/** Undefined when the arguments make no sense. */
export function parseVoiceArguments(args: readonly string[]): (VoiceOptions & { figure: boolean }) | undefined {
  const found = parseFlags(args, { values: ['seconds', 'seed'], flags: ['figure'] });
  const seconds = Number(found?.get('seconds') ?? 120);
  if (found === undefined || !(Number.isInteger(seconds) && seconds >= 5 && seconds <= MAX_SECONDS)) return undefined;
  return { seconds, seed: found.get('seed') ?? 'parley', figure: found.has('figure') };
}

/** One call over each modelled path; what it prints is Markdown. */
export async function simulateVoice(host: CommandHost, args: readonly string[]): Promise<void> {
  const options = parseVoiceArguments(args);
  if (options === undefined) {
    host.printError(VOICE_USAGE);
    return host.endWith(2);
  }
  host.print(`seed ${options.seed}; ${options.seconds} s of speech with pauses, sound cards 50 ppm apart\n\n`);
  host.print(
    '| path | one way | mouth to ear p50 / p95 | concealed | never played | encoder | earlier frames | traffic |\n',
  );
  host.print('| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n');
  const measurements: VoiceMeasurement[] = [];
  for (const path of VOICE_PATHS) {
    const measured = await measureVoice(path, options);
    measurements.push(measured);
    host.print(rowOf(measured, path.what));
  }
  if (!options.figure) return;
  host.writeFile(VOICE_FIGURE, drawVoice(measurements));
  host.print(`\ndrew ${VOICE_FIGURE}\n`);
}

function rowOf(measured: VoiceMeasurement, what: string): string {
  const { name, p50Ms, p95Ms, concealedShare, missingShare, bitRate, earlier, kbps } = measured;
  const percent = (share: number) => `${(share * 100).toFixed(2)} %`;
  const cells = [
    ...[name, what, `${p50Ms.toFixed(0)} / ${p95Ms.toFixed(0)} ms`, percent(concealedShare), percent(missingShare)],
    ...[`${bitRate / 1_000} kbit/s`, earlier.join(' and ') || 'none', `${kbps.toFixed(0)} kbit/s`],
  ];
  return `| ${cells.join(' | ')} |\n`;
}
