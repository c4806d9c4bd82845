const SHARED = ['core', 'package.json', 'package-lock.json', 'scripts/build.mjs'];

/** What `build.mjs` makes, and the files and folders each is made from. */
export const TARGETS = {
  node: SHARED,
  renderer: [...SHARED, 'renderer', 'assets'],
  electron: [...SHARED, 'electron'],
};
