import { relative, sep } from 'node:path';

/** How many of the slowest files the end of the output names, if they take at least this long. */
const SLOWEST = 15;
const SLOW_SECONDS = 20;

/**
 * Counts the tests of Vitest's JSON report.
 * @param {any} report undefined if Vitest wrote none
 * @param {number} exitCode of Vitest
 */
export function summarize(report, exitCode) {
  const passed = Number(report?.numPassedTests ?? 0);
  const skipped = Number(report?.numPendingTests ?? 0) + Number(report?.numTodoTests ?? 0);
  const broken = filesOf(report, '.').filter(brokeOutsideOfTests).length;
  const counted = Number(report?.numFailedTests ?? 0) + broken;
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
 * Sums up a run for people who see only the end of its output: which tests failed, with the first line of the error, which
 * passed only when retried, and which files took longest.
 * @param {any} report of Vitest, undefined if it wrote none
 * @param {string} root the repository
 * @returns {string[]} lines such as "failed: test/e2e/call.test.ts > suite > test: Error: timed out"
 */
export function notableLines(report, root) {
  const tests = testsOf(report, root);
  const reason = (/** @type {string | undefined} */ message) => (message ?? '').split('\n', 1)[0];
  return [
    ...tests
      .filter(({ status }) => status === 'failed')
      .map(({ file, test, failureMessages }) => `failed: ${file} > ${test}: ${reason(failureMessages[0])}`),
    ...filesOf(report, root)
      .filter(brokeOutsideOfTests)
      .map(({ file, message }) => `failed: ${file}: ${reason(message)}`),
    ...tests
      .filter(({ status, failureMessages }) => status === 'passed' && failureMessages.length > 0)
      .map(({ file, test }) => `retried: ${file} > ${test}`),
    ...filesOf(report, root)
      .toSorted((a, b) => b.seconds - a.seconds)
      .slice(0, SLOWEST)
      .filter(({ seconds }) => seconds >= SLOW_SECONDS)
      .map(({ file, seconds }) => `slow: ${file}: ${seconds} s`),
  ];
}

/**
 * Lists the tests of Vitest's JSON report, each with its file relative to the repository and its full title.
 * @param {any} report undefined if Vitest wrote none
 * @param {string} root the repository
 * @returns {{ file: string, test: string, status: string, failureMessages: string[] }[]}
 */
export function testsOf(report, root) {
  return filesOf(report, root).flatMap(({ file, tests }) =>
    tests.map(({ ancestorTitles, title, status, failureMessages }) => ({
      file,
      test: [...ancestorTitles, title].join(' > '),
      status,
      failureMessages: failureMessages ?? [],
    })),
  );
}

/**
 * @param {any} report @param {string} root
 * @returns {{ file: string, status: string, message: string, seconds: number, tests: any[] }[]}
 */
function filesOf(report, root) {
  return (report?.testResults ?? []).map(
    (/** @type {any} */ { name, status, message, startTime, endTime, assertionResults }) => ({
      file: relative(root, name).split(sep).join('/'),
      status,
      message: message ?? '',
      seconds: Math.round((endTime - startTime) / 1000),
      tests: assertionResults ?? [],
    }),
  );
}

/**
 * Returns whether a file failed to load, or before or after its tests.
 * @param {{ status: string, tests: { status: string }[] }} file
 */
function brokeOutsideOfTests({ status, tests }) {
  return status === 'failed' && !tests.some((test) => test.status === 'failed');
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
