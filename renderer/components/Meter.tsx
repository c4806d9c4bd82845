import { useId } from 'react';

/** How full something is: a bar, with words above it. `text` is what screen readers say of it. */
export function Meter({ label, value, max, text }: { label: string; value: number; max: number; text: string }) {
  const id = useId();
  const share = max > 0 ? Math.min(1, value / max) : 0;
  return (
    <div className="meter">
      <p className="meter-words">
        <span id={id}>{label}</span>
        <span>{text}</span>
      </p>
      {/* biome-ignore lint/a11y/useSemanticElements: browsers draw their own meter in colours that fit neither theme */}
      <div
        className="meter-bar"
        role="meter"
        aria-labelledby={id}
        aria-valuemin={0}
        aria-valuemax={Math.max(max, value)}
        aria-valuenow={value}
        aria-valuetext={text}
      >
        {share > 0 && <span style={{ width: `${share * 100}%` }} />}
      </div>
    </div>
  );
}
