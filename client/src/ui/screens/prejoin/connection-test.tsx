import { useEffect, useState } from 'preact/hooks';
import { t } from '../../../locales/index.ts';
import type { VisitClient, VisitState, ConnectionTestState, Grade } from '../../../sdk/index.ts';

/** Time between the preview and the automatic test, in milliseconds; a person who joins at once skips the test. */
const SETTLED_MS = 1500;

interface Test {
  readonly summary: ConnectionSummary;
  readonly start: () => void;
}

/** The connection test. If `wanted`, it starts by itself as soon as everything else is idle. */
export function useConnectionTest(client: VisitClient, state: VisitState, wanted: boolean): Test {
  const [tested, setTested] = useState(false);
  const { connection, phase, local, connectionTest } = state;
  const start = () => {
    // The outcome is in the state; a test that the server rejects has none.
    void Promise.resolve(client.testConnection())
      .catch(() => undefined)
      .then(() => setTested(true));
  };
  const atRest =
    connection === 'connected' && phase === 'ready' && !local.camera.busy && !local.microphone.busy;
  const summary = connectionSummary(connectionTest, tested);
  const due = wanted && atRest && summary === 'unknown';
  useEffect(() => {
    if (!due) return;
    const timer = setTimeout(start, SETTLED_MS);
    return () => clearTimeout(timer);
  }, [due]);
  return { summary, start };
}

interface Props {
  state: VisitState;
  test: Test;
}

/** A summary in plain words, and the result of each path to the server for support. */
export function ConnectionOutcome({ state, test: { summary, start } }: Props) {
  const test = state.connectionTest;
  const idle = summary !== 'running' && !test.running && state.connection === 'connected';
  const again = idle && (
    <button
      type="button"
      class="button button-quiet button-small"
      data-testid="test-connection"
      onClick={start}
    >
      {t(summary === 'unknown' ? 'check.net.test' : 'check.net.again')}
    </button>
  );
  return (
    <>
      <p class="check-hint" data-testid="connection-summary" data-summary={summary} role="status">
        {t(`check.net.${summary}`)}
      </p>
      {!carriesVisit(summary) && again}
      {summary !== 'unknown' && (
        <details class="check-details">
          <summary>{t('check.net.details')}</summary>
          <dl class="paths">
            {PATHS.map((path) => (
              <div key={path} class="path" data-path={path} data-grade={test[path] ?? undefined}>
                <dt>{t(`check.path.${path}`)}</dt>
                <dd>{t(`check.grade.${test[path] ?? (test.running ? 'running' : 'unknown')}`)}</dd>
              </div>
            ))}
          </dl>
          {carriesVisit(summary) && again}
        </details>
      )}
    </>
  );
}

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
