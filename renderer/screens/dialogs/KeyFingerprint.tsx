import type { ReactNode } from 'react';
import { fingerprint } from '../../lib/safe-text.ts';

/** The fingerprint of a profile key, to be compared over another way; `children` say with what. */
export function KeyFingerprint({
  profileKey,
  testId,
  children,
}: {
  profileKey: string;
  testId: string;
  children: ReactNode;
}) {
  return (
    <section>
      <h3>Key fingerprint</h3>
      <p className="fingerprint" data-testid={testId}>
        {fingerprint(profileKey)}
      </p>
      <p className="field-hint">{children}</p>
    </section>
  );
}
