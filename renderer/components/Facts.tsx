import type { ReactNode } from 'react';

/** Name and value, line by line, inside of a `dl`. */
export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A few numbers side by side, each under its name. */
export function Tally({ counts }: { counts: readonly (readonly [string, number])[] }) {
  return (
    <dl className="tally">
      {counts.map(([name, count]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{count.toLocaleString()}</dd>
        </div>
      ))}
    </dl>
  );
}
