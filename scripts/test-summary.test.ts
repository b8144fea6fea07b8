import { describe, expect, it } from 'vitest';
import { addSummaries, notableLines, summarize, summaryLine } from './test-summary.mjs';

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

  it('summarize counts a file that failed to load, or outside of its tests, as failed', () => {
    const testResults = [
      { name: 'a.test.ts', status: 'failed', assertionResults: [] },
      { name: 'b.test.ts', status: 'failed', assertionResults: [{ status: 'skipped' }] },
    ];
    expect(summarize({ ...clean, testResults }, 1)).toMatchObject({ passed: 5, failed: 2, exitCode: 1 });
  });

  it('summarize fails a run that ended badly without a failed test, or wrote no report', () => {
    expect(summarize(clean, 1)).toMatchObject({ passed: 5, failed: 1, exitCode: 1 });
    expect(summarize(undefined, 139)).toEqual({ passed: 0, failed: 1, skipped: 0, exitCode: 139 });
  });

  it('summarize fails a run without tests', () => {
    expect(summarize({ ...clean, numPassedTests: 0 }, 0)).toMatchObject({ failed: 0, exitCode: 1 });
  });
});

describe('notableLines', () => {
  const test = (title: string, status: string, failures: number) => ({
    ancestorTitles: ['the call'],
    title,
    status,
    failureMessages: Array<string>(failures).fill('Error: timed out\n    at call.test.ts:7'),
  });
  const file = (name: string, seconds: number, rest: object) => ({
    name: `/repo/test/e2e/${name}.test.ts`,
    status: 'passed',
    assertionResults: [],
    startTime: 1_000,
    endTime: 1_000 + seconds * 1_000,
    ...rest,
  });

  it('notableLines names the tests that failed, and those that passed when retried', () => {
    const assertionResults = [test('a', 'passed', 0), test('b', 'passed', 1), test('c', 'failed', 2)];
    const report = { testResults: [file('call', 1, { status: 'failed', assertionResults })] };
    expect(notableLines(report, '/repo')).toEqual([
      'failed: test/e2e/call.test.ts > the call > c: Error: timed out',
      'retried: test/e2e/call.test.ts > the call > b',
    ]);
  });

  it('notableLines names a file that failed outside of its tests', () => {
    const broken = { status: 'failed', message: 'Error: no port\n    at call.test.ts:7' };
    const skipped = { assertionResults: [test('a', 'skipped', 0)] };
    const report = { testResults: [file('call', 1, broken), file('polls', 1, { ...broken, ...skipped })] };
    expect(notableLines(report, '/repo')).toEqual([
      'failed: test/e2e/call.test.ts: Error: no port',
      'failed: test/e2e/polls.test.ts: Error: no port',
    ]);
  });

  it('notableLines names the slow files, the slowest first', () => {
    const report = { testResults: [file('a', 25, {}), file('b', 3, {}), file('c', 90, {})] };
    expect(notableLines(report, '/repo')).toEqual([
      'slow: test/e2e/c.test.ts: 90 s',
      'slow: test/e2e/a.test.ts: 25 s',
    ]);
  });

  it('notableLines returns nothing if Vitest wrote no report', () => {
    expect(notableLines(undefined, '/repo')).toEqual([]);
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
