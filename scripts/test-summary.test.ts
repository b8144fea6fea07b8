import { describe, expect, it } from 'vitest';
import { addSummaries, retriedTests, summarize, summaryLine } from './test-summary.mjs';

const clean = { numPassedTests: 5, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };

describe('summarize', () => {
  it('summarize returns the counts of a successful run', () => {
    expect(summarize(clean, 0)).toEqual({ passed: 5, failed: 0, skipped: 0, exitCode: 0 });
  });

  it('summarize counts skipped and planned tests as skipped', () => {
    expect(summarize({ ...clean, numPendingTests: 2, numTodoTests: 1 }, 0)).toMatchObject({
      skipped: 3,
      exitCode: 0,
    });
  });

  it('summarize fails a run with failed tests', () => {
    expect(summarize({ ...clean, numFailedTests: 2 }, 1)).toMatchObject({ failed: 2, exitCode: 1 });
    expect(summarize({ ...clean, numFailedTests: 2 }, 0)).toMatchObject({ failed: 2, exitCode: 1 });
  });

  it('summarize counts a file that failed to load as failed', () => {
    const testResults = [{ status: 'failed', assertionResults: [] }];
    expect(summarize({ ...clean, testResults }, 1)).toMatchObject({ passed: 5, failed: 1, exitCode: 1 });
  });

  it('summarize fails a run that ended badly without a failed test, or wrote no report', () => {
    expect(summarize(clean, 1)).toMatchObject({ passed: 5, failed: 1, exitCode: 1 });
    expect(summarize(undefined, 139)).toEqual({ passed: 0, failed: 1, skipped: 0, exitCode: 139 });
  });

  it('summarize fails a run without tests', () => {
    expect(summarize({ ...clean, numPassedTests: 0 }, 0)).toMatchObject({ failed: 0, exitCode: 1 });
  });
});

describe('retriedTests', () => {
  it('retriedTests names the tests that failed at first and passed when retried', () => {
    const test = (title: string, status: string, failures: number) => ({
      ancestorTitles: ['the call'],
      title,
      status,
      failureMessages: Array<string>(failures).fill('Error: timed out'),
    });
    const assertionResults = [test('a', 'passed', 0), test('b', 'passed', 1), test('c', 'failed', 2)];
    const report = { testResults: [{ name: '/repo/test/e2e/call.test.ts', assertionResults }] };
    expect(retriedTests(report, '/repo')).toEqual(['test/e2e/call.test.ts > the call > b']);
  });

  it('retriedTests returns nothing if Vitest wrote no report', () => {
    expect(retriedTests(undefined, '/repo')).toEqual([]);
  });
});

describe('summaryLine', () => {
  it('summaryLine names skipped tests only if there are any', () => {
    expect(summaryLine({ passed: 5, failed: 1, skipped: 0 })).toBe('5 passed, 1 failed');
    expect(summaryLine({ passed: 5, failed: 1, skipped: 2 })).toBe('5 passed, 1 failed, 2 skipped');
  });
});

describe('addSummaries', () => {
  it('addSummaries adds passed, failed and skipped tests', () => {
    expect(addSummaries(['3 passed, 1 failed, 2 skipped', '4 passed, 0 failed', '0 passed, 1 failed'])).toBe(
      '7 passed, 2 failed, 2 skipped',
    );
  });

  it.each(['', 'Killed', '3 passed', '3 passed, x failed'])(
    'addSummaries counts the line "%s" as a failure',
    (line) => {
      expect(addSummaries(['3 passed, 0 failed', line])).toBe('3 passed, 1 failed');
    },
  );
});
