/** How well a passphrase would stand against guessing, with the word shown beside it. */
export interface Strength {
  /** 0 (very weak) to 4 (very strong). */
  readonly score: 0 | 1 | 2 | 3 | 4;
  readonly label: string;
}

const LABELS = ['Very weak', 'Weak', 'Fair', 'Strong', 'Very strong'] as const;
const COMMON = /^(?:password|passwort|qwerty|letmein|welcome|admin|iloveyou|abc|parley|1234)/iu;

/**
 * A hint, no proof: the number of different characters and kinds gives an upper bound on the entropy, runs and
 * well-known beginnings lower it.
 */
export function passphraseStrength(passphrase: string): Strength {
  const bits = entropyBound(passphrase) * (COMMON.test(passphrase) ? 0.5 : 1);
  const score = bits < 28 ? 0 : bits < 45 ? 1 : bits < 60 ? 2 : bits < 80 ? 3 : 4;
  return { score, label: LABELS[score] };
}

function entropyBound(passphrase: string): number {
  const kinds = [/[a-z]/u, /[A-Z]/u, /[0-9]/u, /[^A-Za-z0-9]/u].filter((kind) => kind.test(passphrase)).length;
  const bitsPerCharacter = [0, 3.2, 4, 4.6, 5.2][kinds]!;
  return effectiveLength(passphrase) * bitsPerCharacter;
}

/** A character counts less when it repeats or continues the one before it (aaa, 123). */
function effectiveLength(passphrase: string): number {
  let length = 0;
  const seen = new Set<string>();
  for (let i = 0; i < passphrase.length; i++) {
    const step = i === 0 ? 2 : Math.abs(passphrase.charCodeAt(i) - passphrase.charCodeAt(i - 1));
    length += step === 0 ? 0.1 : step === 1 ? 0.3 : seen.has(passphrase.charAt(i)) ? 0.8 : 1;
    seen.add(passphrase.charAt(i));
  }
  return length;
}
