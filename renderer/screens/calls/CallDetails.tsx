import type { CallView } from '../../../core/api/views.ts';
import { FRAME_MS } from '../../../core/audio/frame.ts';
import type { PlayoutStats } from '../../audio/playout.ts';
import { Fact } from '../../components/Facts.tsx';
import { Popover } from '../../components/Popover.tsx';
import { useVoice } from '../../hooks/app-context.ts';
import { useNow } from '../../hooks/use-now.ts';
import { delayOf, qualityWords, share } from '../../lib/call-words.ts';
import { duration } from '../../lib/format.ts';
import { CallMeters } from './CallMeters.tsx';

/** Figures of a call, and its key. */
export function CallDetails({ call, anchor, onClose }: { call: CallView; anchor: HTMLElement; onClose: () => void }) {
  const { quality } = call;
  const stats = useVoice((voice) => voice.stats);
  const bufferMs = stats?.targetMs ?? 40;
  useNow(1_000);
  const delay = quality && delayOf(quality, bufferMs);
  const frames = stats === null ? 0 : stats.played + stats.concealed;
  return (
    <Popover anchor={anchor} title={qualityWords(quality, bufferMs).words} onClose={onClose}>
      <CallMeters />
      <dl className="facts facts-short" data-testid="call-details">
        <Fact name="Delay, mouth to ear">{delay === null ? 'measuring…' : `about ${duration(Math.round(delay))}`}</Fact>
        <Fact name="Lost on the way to you">{quality === null ? 'measuring…' : share(quality.lossIn)}</Fact>
        <Fact name="Lost on the way to them">{quality?.lossOut == null ? 'measuring…' : share(quality.lossOut)}</Fact>
        <Fact name="Gaps filled by guessing">{frames === 0 ? 'none' : share((stats?.concealed ?? 0) / frames)}</Fact>
        <Fact name="Played slower or faster">{stretchedShare(stats)}</Fact>
        {stats !== null && <Frames stats={stats} />}
        <KeyFacts quality={quality} />
      </dl>
      <p className="muted">The sound goes straight to their computer, under a key that only the two of you have.</p>
    </Popover>
  );
}

/** Of the time in which there was something to hear; nothing is missing from it, and nothing is made up. */
function stretchedShare(stats: PlayoutStats | null): string {
  if (stats === null || stats.played === 0) return 'never';
  return `by ${share((stats.addedMs + stats.removedMs) / (stats.played * FRAME_MS))}`;
}

/** Pieces of 20 ms since the begin. */
function Frames({ stats }: { stats: PlayoutStats }) {
  const { played, silent, concealed, expected, received } = stats;
  const counts = { played, silent, filled: concealed, lost: expected - received };
  const words = Object.entries(counts).map(([name, count]) => `${count.toLocaleString()} ${name}`);
  return (
    <Fact name="Pieces of 20 ms">
      <span data-testid="pieces" data-counts={JSON.stringify({ ...stats, ...counts })}>
        {words.join(', ')}
      </span>
    </Fact>
  );
}

function KeyFacts({ quality }: { quality: CallView['quality'] }) {
  if (quality === null || quality.epochAgeMs === null) return <Fact name="Key">none at the moment</Fact>;
  return (
    <>
      <Fact name="Age of the key">{duration(Math.max(1_000, quality.epochAgeMs))}</Fact>
      <Fact name="Next key">
        {quality.nextEpochInMs === null ? 'soon' : `in ${duration(Math.max(1_000, quality.nextEpochInMs))}`}
      </Fact>
    </>
  );
}
