import { useEffect, useId, useRef } from 'react';
import { decibels } from '../audio/voice-gate.ts';
import { loudness } from '../audio/waveform.ts';

/** Decibels of full scale: an empty meter, and a full one. */
const QUIETEST_DB = -60;
const LOUDEST_DB = -6;

/** No eye follows a bar that moves more often, and each move is a picture to draw. */
const EVERY_MS = 70;

/** How loud it is just now. The bar moves by itself, without drawing anything else anew. */
export function LevelMeter({ label, analyser }: { label: string; analyser: AnalyserNode }) {
  const id = useId();
  const bar = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const samples = new Float32Array(analyser.fftSize);
    const draw = () => {
      analyser.getFloatTimeDomainData(samples);
      if (bar.current !== null) bar.current.style.width = `${levelShare(loudness(samples)) * 100}%`;
    };
    const timer = setInterval(draw, EVERY_MS);
    draw();
    return () => clearInterval(timer);
  }, [analyser]);
  return (
    <div className="meter">
      <p className="meter-words" id={id}>
        {label}
      </p>
      {/* What moves many times a second is nothing for a screen reader. */}
      <div className="meter-bar" role="img" aria-labelledby={id} data-testid="level">
        <span ref={bar} />
      </div>
    </div>
  );
}

/** How full a meter is at this loudness, 0 to 1. */
function levelShare(rms: number): number {
  return Math.min(1, Math.max(0, (decibels(rms) - QUIETEST_DB) / (LOUDEST_DB - QUIETEST_DB)));
}
