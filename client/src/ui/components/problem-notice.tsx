import { t } from '../../locales/index.ts';
import { DEVICE_SOURCES, type VisitClient, type VisitState } from '../../sdk/index.ts';
import type { HelpProps } from '../features/feature.ts';
import { useFeatures } from '../hooks/features.ts';
import { AlertIcon } from './icons.tsx';

interface ProblemNoticeProps {
  client: VisitClient;
  state: VisitState;
  /** Whether the person has yet to join, which is possible without the devices. */
  joins?: boolean;
}

/** Names the devices that don't work, suggests remedies, and offers another try. */
export function ProblemNotice({ client, state, joins = false }: ProblemNoticeProps) {
  const problems = DEVICE_SOURCES.flatMap((source) => {
    const { problem } = state.local[source];
    return problem === null ? [] : [{ source, problem }];
  });
  const [first] = problems;
  if (!first) return null;
  const together = problems.length > 1 && problems.every(({ problem }) => problem === first.problem);
  const lines = together ? [{ source: 'both' as const, problem: first.problem }] : problems;
  const denied = problems.some(({ problem }) => problem === 'media_denied');
  return (
    <div class="notice">
      <AlertIcon />
      <div class="notice-text" role="alert">
        {lines.map(({ source, problem }) => (
          <p key={source}>
            <strong>{t(`problem.${source}.${problem}`)}</strong> {t(`problem.help.${problem}`)}
            {joins && isOptional(problem) && ` ${t('problem.help.without')}`}
          </p>
        ))}
      </div>
      <button type="button" class="button button-quiet" onClick={() => void client.retryMedia()}>
        {t('problem.retry')}
      </button>
      {denied && (
        <details class="notice-more">
          <summary>{t('problem.how')}</summary>
          <Help client={client} kind="steps" />
        </details>
      )}
    </div>
  );
}

/** Help with the browser, which loads once there is a problem. */
export function Help(props: HelpProps) {
  return <>{useFeatures().map(({ Help: Part }, index) => Part && <Part key={index} {...props} />)}</>;
}

function isOptional(problem: string): boolean {
  return problem === 'media_missing' || problem === 'media_unsupported';
}
