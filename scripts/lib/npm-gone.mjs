/** How often we look whether the npm that started us is still there. */
const PERIOD_MS = 1_000;

/**
 * Calls `gone` when the npm that runs this script has died. One that is killed, or hung up on by itself, tells nobody, and
 * a Parley that outlives it keeps its data folder from being opened again.
 */
export function whenNpmIsGone(gone) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const npm = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === npm) return;
    clearInterval(watch);
    gone();
  }, PERIOD_MS);
  watch.unref();
}
