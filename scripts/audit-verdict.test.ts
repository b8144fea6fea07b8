import { describe, expect, it } from 'vitest';
import { auditVerdict } from './audit-verdict.mjs';

const vulnerable = (severity: string) =>
  JSON.stringify({
    vulnerabilities: {
      express: {
        name: 'express',
        severity,
        range: '<4.20.0',
        via: ['qs', { url: 'https://advisories.test/1' }],
      },
    },
    metadata: { vulnerabilities: { total: 1 } },
  });

describe('auditVerdict', () => {
  it.each(['high', 'critical'])('fails for a vulnerability of level %s, and names it', (severity) => {
    expect(auditVerdict(vulnerable(severity))).toEqual({
      failed: true,
      message: `${severity}: express <4.20.0 https://advisories.test/1`,
    });
  });

  it.each(['low', 'moderate'])('accepts a vulnerability of level %s', (severity) => {
    expect(auditVerdict(vulnerable(severity)).failed).toBe(false);
  });

  it.each([
    ['an error of the registry', '{"message": "405 Method Not Allowed", "error": {"summary": ""}}', '405'],
    ['no output', '', 'not checked'],
    ['an output that is no JSON', '<html>', 'not checked'],
  ])('accepts %s, and says that nothing was checked', (_what, output, message) => {
    const verdict = auditVerdict(output);
    expect(verdict.failed).toBe(false);
    expect(verdict.message).toContain(message);
    expect(verdict.message).toContain('not checked');
  });
});
