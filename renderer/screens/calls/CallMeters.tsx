import { LevelMeter } from '../../components/LevelMeter.tsx';
import { useApp } from '../../hooks/app-context.ts';

/** How loud both sides are; nothing where the sound is not in this window. */
export function CallMeters() {
  const { meters } = useApp().voice;
  if (meters === undefined) return null;
  return (
    <>
      <LevelMeter label="Your microphone" analyser={meters.microphoneMeter} />
      <LevelMeter label="Their voice" analyser={meters.speakerMeter} />
    </>
  );
}
