import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import { countdown, waitingNews, type Waiting } from '../countdown.ts';
import { useSeconds } from '../hooks.ts';

interface Props {
  /** By the server's clock, which is `clockOffset` ahead of ours; in milliseconds. */
  opensAt: number;
  clockOffset: number;
}

/** How long until the visit opens. It ticks in silence; a screen reader hears of it a few times only. */
export function Countdown({ opensAt, clockOffset }: Props) {
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
