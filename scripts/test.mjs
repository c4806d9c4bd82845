// Everything that must hold, in one command; ends at the first stage that fails.
//   npm test
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isMain, ROOT } from './lib/root.mjs';

const RESULTS = join(ROOT, 'dist/test');
const bin = (path) => join(ROOT, 'node_modules', path);
const TSC = bin('typescript/bin/tsc');

/** `tests`: vitest counts for us. Other stages pass or fail as one. */
const STAGES = [
  { name: 'lint', runs: [[bin('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.']] },
  { name: 'types', runs: ['core', 'core/node', 'renderer', 'electron', 'e2e'].map((folder) => [TSC, '-p', folder]) },
  { name: 'unit', tests: true, runs: [[bin('vitest/vitest.mjs'), 'run']] },
  { name: 'build', runs: [[join(ROOT, 'scripts/build.mjs')]] },
  { name: 'fuzz', runs: [[join(ROOT, 'scripts/run-ts.mjs'), 'core/testing/fuzz.ts', '--seconds', '10']] },
  { name: 'e2e', tests: true, runs: [[join(ROOT, 'scripts/e2e.mjs')]] },
];

/** { passed, failed } from vitest's report; a run that did not get so far has failed once. */
export function countTests(report) {
  if (report === undefined) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, success } = JSON.parse(report);
  // A file that does not load fails without a failed test.
  return { passed: numPassedTests, failed: success ? numFailedTests : Math.max(1, numFailedTests) };
}

function runStage({ name, tests = false, runs }) {
  const file = join(RESULTS, `${name}.json`);
  rmSync(file, { force: true });
  const reporters = tests ? ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`] : [];
  let passed = 0;
  for (const args of runs) {
    const { status } = spawnSync(process.execPath, [...args, ...reporters], {
      cwd: ROOT,
      stdio: 'inherit',
      env: { ...process.env, PARLEY_LAN: 'off' },
    });
    if (tests) {
      const counts = countTests(existsSync(file) ? readFileSync(file, 'utf8') : undefined);
      return status === 0 ? counts : { ...counts, failed: Math.max(1, counts.failed) };
    }
    if (status !== 0) return { passed, failed: 1 };
    passed++;
  }
  return { passed, failed: 0 };
}

if (isMain(import.meta.url)) {
  mkdirSync(RESULTS, { recursive: true });
  const lines = [];
  let passes = 0;
  let failures = 0;
  for (const stage of STAGES) {
    const started = performance.now();
    const { passed, failed } = runStage(stage);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    lines.push(`${stage.name.padEnd(6)} ${passed} passed, ${failed} failed (${seconds} s)`);
    process.stdout.write(`${lines.at(-1)}\n\n`);
    passes += passed;
    failures += failed;
    if (failures > 0) break;
  }
  const skipped = STAGES.slice(lines.length).map(({ name }) => `${name.padEnd(6)} not run`);
  process.stdout.write(`${[...lines, ...skipped].join('\n')}\ntotal: ${passes} passed, ${failures} failed\n`);
  process.exitCode = failures === 0 ? 0 : 1;
}
