/**
 * The counts of a run in Vitest's JSON report.
 * @param {any} report undefined when Vitest wrote none
 * @param {number} exitCode of Vitest
 */
export function summarize(report, exitCode) {
  const passed = Number(report?.numPassedTests ?? 0);
  const skipped = Number(report?.numPendingTests ?? 0) + Number(report?.numTodoTests ?? 0);
  // A file that could not even be loaded has no failed test, and still it failed.
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
 * Several summary lines in one. A part without one never got so far as to write it, which is a failure.
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
