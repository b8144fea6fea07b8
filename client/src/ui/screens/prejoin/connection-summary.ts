import type { ConnectionTestState, Grade } from '../../../sdk/index.ts';

/** The ways to the server that the connection test tries, the best first. */
export const PATHS = ['udp', 'tcp', 'turn'] as const;

/**
 * What a connection test comes to: `detour`: the direct way is closed and another one is good; `failed`: it ended
 * without an outcome.
 */
export type ConnectionSummary = 'unknown' | 'running' | 'good' | 'detour' | 'poor' | 'blocked' | 'failed';

/** The whole connection test in one word. `tested` says whether a test was begun before. */
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

/** Whether a visit can be held over such a connection. */
export function carriesVisit(summary: ConnectionSummary): boolean {
  return summary === 'good' || summary === 'detour';
}
