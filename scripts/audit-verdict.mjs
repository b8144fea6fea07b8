/**
 * A vulnerable package in the report of `npm audit --json`.
 * @typedef {{ name: string, severity: string, range: string, via: readonly (string | { url?: string })[] }} Vulnerability
 */

/**
 * Judges the output of `npm audit --json`.
 * @param {string} output
 * @returns {{ failed: boolean, message: string }} whether packages are vulnerable, and what to print
 */
export function auditVerdict(output) {
  const report = parsed(output);
  if (!report?.metadata) {
    const reason = report?.message ?? report?.error?.summary;
    return {
      failed: false,
      message: `not checked: the registry answers no audit${reason ? ` (${reason})` : ''}`,
    };
  }
  /** @type {Vulnerability[]} */
  const all = Object.values(report.vulnerabilities ?? {});
  const serious = all.filter(({ severity }) => severity === 'high' || severity === 'critical');
  const lines = serious.map(({ name, severity, range, via }) => {
    const urls = via.flatMap((cause) => (typeof cause === 'object' && cause.url ? [cause.url] : []));
    return [`${severity}: ${name} ${range}`, ...urls].join(' ');
  });
  return { failed: serious.length > 0, message: lines.join('\n') || 'no known vulnerability of level high' };
}

/** @param {string} output */
function parsed(output) {
  try {
    return JSON.parse(output);
  } catch {
    return null;
  }
}
