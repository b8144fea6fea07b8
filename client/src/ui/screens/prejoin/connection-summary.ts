import type { ConnectionTestState, Grade } from '../../../sdk/index.ts';

/** The paths to the server that the connection test tries, the best first. */
export const PATHS = ['udp', 'tcp', 'turn'] as const;

/**
 * The outcome of a connection test: `detour`: the direct path is blocked and another one is good; `failed`: it ended
 * without a result.
 */
export type ConnectionSummary = 'unknown' | 'running' | 'good' | 'detour' | 'poor' | 'blocked' | 'failed';

/** Summarises the connection test. `tested`: a test was started before. */
export function connectionSummary(test: ConnectionTestState, tested: boolean): ConnectionSummary {
  const { udp, tcp, turn } = test;
  if (udp === 'good') return 'good';
  if (test.running) return 'running';
  const grades: readonly (Grade | null)[] = [udp, tcp, turn];
  if (grades.every((grade) => grade === null)) return tested ? 'failed' : 'unknown';
  if (grades.includes('good')) return udp === 'poor' ? 'poor' : 'detour';
  if (grades.includes('poor')) return 'poor';
  return grades.includes('blocked') ? 'blocked' : 'failed';
}

/** Whether the connection is good enough for a visit. */
export function carriesVisit(summary: ConnectionSummary): boolean {
  return summary === 'good' || summary === 'detour';
}
