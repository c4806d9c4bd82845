/** Two speech bubbles that overlap: the same drawing as `assets/icon.svg`, without its ground. */
export function Logo({ size = 72 }: { size?: number }) {
  return (
    <svg className="logo" width={size} height={size} viewBox="0 0 512 512" aria-hidden="true" focusable="false">
      <path
        className="logo-back"
        d="M214 96h150a84 84 0 0 1 84 84v190c0 9-11 13-17 7l-53-51h-164a84 84 0 0 1-84-84v-62a84 84 0 0 1 84-84z"
      />
      <path
        className="logo-front"
        d="M148 176h138a78 78 0 0 1 78 78v52a78 78 0 0 1-78 78h-66l-62 58c-6 6-16 2-16-7v-51a78 78 0 0 1-72-78v-52a78 78 0 0 1 78-78z"
      />
      <g className="logo-dots">
        <circle cx="152" cy="280" r="20" />
        <circle cx="217" cy="280" r="20" />
        <circle cx="282" cy="280" r="20" />
      </g>
    </svg>
  );
}
