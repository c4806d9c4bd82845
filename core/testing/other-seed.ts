/**
 * What is added to the seeds of stories: the text of PARLEY_SEED in the environment, if any. The promises hold for any:
 * `PARLEY_SEED=7 npx vitest run core/testing/custody-story core/relay` tells the same stories of other networks.
 */
export function otherSeed(): string {
  const { process } = globalThis as {
    readonly process?: { readonly env: Readonly<Record<string, string | undefined>> };
  };
  return process?.env.PARLEY_SEED ?? '';
}
