import type { ComponentChildren } from 'preact';
import { useEffect, useErrorBoundary, useId } from 'preact/hooks';
import { t } from '../../../locales/index.ts';
import type { VisitClient, VisitState } from '../../../sdk/index.ts';
import { CheckIcon, OpenIcon } from '../../components/icons.tsx';
import type { Picture } from '../../components/preview.tsx';
import { obstacle, type Check, type CheckRecord } from './checks.ts';
import { ConnectionOutcome, useConnectionTest, carriesVisit } from './connection-test.tsx';
import { SpeakerTest } from './speaker-test.tsx';

interface Props {
  client: VisitClient;
  state: VisitState;
  checks: readonly Check[];
  record: CheckRecord;
  picture: Picture | null;
  onMark: (check: Check, passed: boolean) => void;
  onSkip: (skipped: boolean) => void;
}

/** An optional list of checks before a visit. Most of them complete by themselves. */
export function Checklist(props: Props) {
  const { client, state, checks, record, onMark, onSkip } = props;
  const title = useId();
  const done = checks.filter((check) => record.passed.includes(check)).length;
  const test = useConnectionTest(client, state, !record.skipped && !record.passed.includes('network'));
  const { summary } = test;
  useEffect(() => {
    if (summary === 'unknown' || summary === 'running' || summary === 'failed') return;
    onMark('network', carriesVisit(summary));
  }, [summary]);
  if (record.skipped) {
    return (
      <button
        type="button"
        class="button button-quiet check-open"
        data-testid="open-check"
        onClick={() => onSkip(false)}
      >
        {t('check.open')}
      </button>
    );
  }
  const bodies: Record<Check, ComponentChildren> = {
    microphone: <MicrophoneHint {...props} />,
    speaker: <SpeakerTest client={client} state={state} onAnswer={(heard) => onMark('speaker', heard)} />,
    camera: <CameraHint {...props} />,
    network: <ConnectionOutcome state={state} test={test} />,
    goals: <Purpose state={state} />,
  };
  return (
    <section class="check" data-testid="checklist" aria-labelledby={title}>
      <header class="check-header">
        <div>
          <h2 id={title}>{t('check.title')}</h2>
          <p class="check-progress" role="status">
            {done === checks.length
              ? t('check.allDone')
              : t('check.progress', { done, total: checks.length })}
          </p>
        </div>
        <button
          type="button"
          class="button button-quiet button-small"
          data-testid="skip-check"
          onClick={() => onSkip(true)}
        >
          {t('check.skip')}
        </button>
      </header>
      <ul class="check-list">
        {checks.map((check) => (
          <Row key={check} check={check} passed={record.passed.includes(check)} onMark={onMark}>
            {bodies[check]}
          </Row>
        ))}
      </ul>
    </section>
  );
}

interface RowProps {
  check: Check;
  passed: boolean;
  onMark: Props['onMark'];
  children: ComponentChildren;
}

function Row({ check, passed, onMark, children }: RowProps) {
  // A check that fails must not stop the others.
  const [error] = useErrorBoundary() as [unknown, () => void];
  return (
    <li class={`check-row ${passed ? 'check-passed' : ''}`} data-check={check} data-passed={String(passed)}>
      {check === 'goals' ? (
        <label class="check-own">
          <input
            type="checkbox"
            data-testid="goals-known"
            checked={passed}
            onChange={(event) => onMark('goals', event.currentTarget.checked)}
          />
          <span class="check-name">{t('check.goals')}</span>
        </label>
      ) : (
        <>
          <span class="check-sign" role="img" aria-label={t(passed ? 'check.done' : 'check.todo')}>
            {passed ? <CheckIcon /> : <OpenIcon />}
          </span>
          <span class="check-name">{t(`check.${check}`)}</span>
        </>
      )}
      <div class="check-body">
        {error === undefined ? children : <p class="check-hint">{t('check.broken')}</p>}
      </div>
    </li>
  );
}

function MicrophoneHint({ state, record }: Props) {
  const problem = obstacle(state.local, 'microphone');
  if (problem !== null) return <p class="check-hint">{t(`check.microphone.${problem}`)}</p>;
  if (record.passed.includes('microphone')) return null;
  return <p class="check-hint">{t('check.microphone.todo')}</p>;
}

function CameraHint({ state, record, picture }: Props) {
  const problem = obstacle(state.local, 'camera');
  if (problem !== null) return <p class="check-hint">{t(`check.camera.${problem}`)}</p>;
  if (picture === 'dark') return <p class="check-hint">{t('check.camera.dark')}</p>;
  if (record.passed.includes('camera')) return null;
  return <p class="check-hint">{t('check.camera.todo')}</p>;
}

function Purpose({ state }: Pick<Props, 'state'>) {
  const description = state.session?.description ?? null;
  if (description === null) return null;
  return (
    <div class="check-purpose">
      <p class="check-hint">{t('check.goals.about')}</p>
      <p dir="auto">{description}</p>
    </div>
  );
}
