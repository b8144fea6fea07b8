import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import type { VisitClient, VisitState } from '../../sdk/index.ts';
import { ClockIcon } from '../components/icons.tsx';
import { useSeconds, useWake } from '../hooks/page.ts';
import { countdown, waitingNews, type Waiting } from './countdown.ts';
import { DateTime, Message } from './message.tsx';

interface Props {
  client: VisitClient;
  state: VisitState;
}

/** The visit opens later: when, and in how long. */
export function NotOpenYetScreen({ client, state }: Props) {
  // Timers are late after the device slept, and the visit may have been rescheduled.
  useWake(() => client.start());
  const { opensAt, clockOffset } = state;
  return (
    <Message
      title={t('screen.visit_early.title')}
      text={t('screen.visit_early.text')}
      testId="error-screen"
      code="not_open_yet"
      sign={<ClockIcon />}
    >
      {opensAt !== null && (
        <>
          <p class="when">
            <span>{t('early.opens')}</span> <DateTime at={opensAt} />
          </p>
          <Countdown opensAt={opensAt} clockOffset={clockOffset} />
        </>
      )}
    </Message>
  );
}

interface CountdownProps {
  /** By the server's clock, which is `clockOffset` ahead of the device's; in milliseconds. */
  opensAt: number;
  clockOffset: number;
}

/** The time until the visit opens. Screen readers announce it only a few times. */
function Countdown({ opensAt, clockOffset }: CountdownProps) {
  const remaining = opensAt - (useSeconds() + clockOffset);
  return (
    <>
      <div
        class="countdown"
        data-testid="countdown"
        role="timer"
        aria-live="off"
        aria-label={t('early.countdown')}
      >
        {remaining > 0 ? (
          countdown(remaining).map(({ unit, number, word }) => (
            <span key={unit} class="countdown-part">
              <span class="countdown-number">{number}</span> <span class="countdown-word">{word}</span>
            </span>
          ))
        ) : (
          <span class="countdown-due">
            <span class="spinner" aria-hidden="true" />
            {t('loading.title')}
          </span>
        )}
      </div>
      <News opensAt={opensAt} remaining={remaining} />
    </>
  );
}

function News({ opensAt, remaining }: Waiting) {
  const before = useRef<Waiting>({ opensAt, remaining });
  const [said, setSaid] = useState('');
  useEffect(() => {
    const now = { opensAt, remaining };
    const news = waitingNews(before.current, now);
    before.current = now;
    if (news !== null) setSaid(news);
  }, [opensAt, remaining]);
  return (
    <p class="visually-hidden" role="status" aria-live="polite">
      {said}
    </p>
  );
}
