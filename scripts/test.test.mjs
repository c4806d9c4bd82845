import { expect, test } from 'vitest';
import { countTests } from './test.mjs';

const report = (passed, failed, success) => JSON.stringify({ numPassedTests: passed, numFailedTests: failed, success });

test('counts are those of the report', () => {
  expect(countTests(report(7, 0, true))).toEqual({ passed: 7, failed: 0 });
  expect(countTests(report(7, 2, false))).toEqual({ passed: 7, failed: 2 });
});

test('a file that did not load is a failure, and so is a missing report', () => {
  expect(countTests(report(7, 0, false))).toEqual({ passed: 7, failed: 1 });
  expect(countTests(undefined)).toEqual({ passed: 0, failed: 1 });
});
