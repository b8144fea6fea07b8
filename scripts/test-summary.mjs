import { relative, sep } from 'node:path';

/**
 * Counts the tests of Vitest's JSON report.
 * @param {any} report undefined if Vitest wrote none
 * @param {number} exitCode of Vitest
 */
export function summarize(report, exitCode) {
  const passed = Number(report?.numPassedTests ?? 0);
  const skipped = Number(report?.numPendingTests ?? 0) + Number(report?.numTodoTests ?? 0);
  // A file that failed to load has no failed test.
  const unloadable = (report?.testResults ?? []).filter(
    (/** @type {any} */ file) => file.status === 'failed' && (file.assertionResults ?? []).length === 0,
  ).length;
  const counted = Number(report?.numFailedTests ?? 0) + unloadable;
  // A crash, or an error outside of any test, must not read as a success.
  const failed = counted === 0 && exitCode !== 0 ? 1 : counted;
  const ran = passed + failed > 0;
  return { passed, failed, skipped, exitCode: failed > 0 || !ran ? exitCode || 1 : 0 };
}

/** @param {{ passed: number, failed: number, skipped: number }} counts */
export function summaryLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/**
 * Lists the tests of Vitest's JSON report that failed at first and passed when retried.
 * @param {any} report undefined if Vitest wrote none
 * @param {string} root the repository
 * @returns {string[]} each as "test/e2e/call.test.ts > suite > test"
 */
export function retriedTests(report, root) {
  return testsOf(report, root)
    .filter(({ status, failureMessages }) => status === 'passed' && failureMessages.length > 0)
    .map(({ file, test }) => `${file} > ${test}`);
}

/**
 * Lists the tests of Vitest's JSON report, each with its file relative to the repository and its full title.
 * @param {any} report undefined if Vitest wrote none
 * @param {string} root the repository
 * @returns {{ file: string, test: string, status: string, failureMessages: string[] }[]}
 */
export function testsOf(report, root) {
  return (report?.testResults ?? []).flatMap((/** @type {any} */ { name, assertionResults }) =>
    (assertionResults ?? []).map((/** @type {any} */ { ancestorTitles, title, status, failureMessages }) => ({
      file: relative(root, name).split(sep).join('/'),
      test: [...ancestorTitles, title].join(' > '),
      status,
      failureMessages: failureMessages ?? [],
    })),
  );
}

/**
 * Adds up several summary lines. A line of another form belongs to a part that ended before its summary, which is a
 * failure.
 * @param {readonly string[]} lines
 */
export function addSummaries(lines) {
  const counts = lines.map((line) => {
    const [, passed, failed, skipped = 0] = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/.exec(line) ?? [
      0, 0, 1,
    ];
    return { passed: Number(passed), failed: Number(failed), skipped: Number(skipped) };
  });
  /** @param {'passed' | 'failed' | 'skipped'} which */
  const sum = (which) => counts.reduce((all, one) => all + one[which], 0);
  return summaryLine({ passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') });
}
