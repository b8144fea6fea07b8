import { useId, useState } from 'preact/hooks';
import type { VisitClient, VisitState } from '../../../sdk/index.ts';
import { Preview, type Picture } from '../../components/preview.tsx';
import { ProblemNotice } from '../../components/problem-notice.tsx';
import { Checklist } from '../../screens/prejoin/checklist.tsx';
import { checksFor } from '../../screens/prejoin/checks.ts';
import { LevelMeter } from '../../screens/prejoin/level-meter.tsx';
import { useChecklist } from '../../screens/prejoin/prejoin.tsx';
import { unlockAudio } from '../../sound/audio.ts';
import { t } from './texts.ts';

interface Props {
  client: VisitClient;
  state: VisitState;
  checking: boolean;
  onChecking: (checking: boolean) => void;
}

/** The checks that matter for any provider: sound in both directions, and the picture. They open no device until started. */
export function MeetingCheck({ client, state, checking, onChecking }: Props) {
  const title = useId();
  if (checking) return <RunningCheck client={client} state={state} onStop={() => onChecking(false)} />;
  const start = () => {
    // Safari measures and plays sound only after a click.
    unlockAudio();
    onChecking(true);
    if (client.can('publish')) void client.retryMedia();
  };
  return (
    <section class="check" aria-labelledby={title}>
      <header class="check-header">
        <div>
          <h2 id={title}>{t('check.title')}</h2>
          <p class="check-progress">{t('meeting.check')}</p>
        </div>
        <button
          type="button"
          class="button button-quiet button-small"
          data-testid="start-check"
          onClick={start}
        >
          {t('meeting.checkStart')}
        </button>
      </header>
    </section>
  );
}

function RunningCheck({
  client,
  state,
  onStop,
}: Omit<Props, 'checking' | 'onChecking'> & { onStop: () => void }) {
  const publishes = client.can('publish');
  const { record, mark } = useChecklist(state.session?.sessionId ?? '');
  const [picture, setPicture] = useState<Picture | null>(null);
  const seen = (now: Picture) => {
    setPicture(now);
    if (now === 'seen') mark('camera', true);
  };
  const stop = () => {
    client.releaseMedia();
    onStop();
  };
  return (
    <>
      {publishes && <Preview client={client} state={state} onPicture={seen} />}
      {publishes && state.local.microphone.state !== 'none' && (
        <LevelMeter microphone={state.local.microphone} onHeard={() => mark('microphone', true)} />
      )}
      {publishes && <ProblemNotice client={client} state={state} />}
      {publishes && <p class="hint">{t('meeting.checkPrivate')}</p>}
      <Checklist
        client={client}
        state={state}
        // The provider has its own connection, and the visit's subject is on the page already.
        checks={checksFor(publishes).filter((check) => check !== 'network' && check !== 'goals')}
        record={{ ...record, skipped: false }}
        picture={picture}
        onMark={mark}
        onSkip={stop}
      />
    </>
  );
}
