import { useEffect, useRef } from 'preact/hooks';
import type { NewPoll } from '../../../sdk/index.ts';
import { useCall } from '../../hooks/call.ts';
import { t } from './texts.ts';
import { PollCard } from './poll-card.tsx';
import { PollForm } from './poll-form.tsx';
import './polls.css';

/** All polls, the newest first, and for hosts the form for another one. */
export function PollPanel() {
  const { client, state, host, attempt } = useCall();
  const panel = useRef<HTMLDivElement>(null);
  const started = useRef(false);
  const { polls } = state;
  const isOpen = polls.some(({ closedAt }) => closedAt === null);
  // The form with the focused button has made way for the poll.
  useEffect(() => {
    if (isOpen && started.current) panel.current?.querySelector('h3')?.focus();
    started.current = false;
  }, [isOpen]);
  const start = (poll: NewPoll) => {
    started.current = true;
    attempt(client.polls.open(poll));
  };
  return (
    <div ref={panel} class="polls panel-body">
      {host && (
        <div class="panel-section">
          {isOpen ? (
            <p class="row-detail">{t('polls.closeFirst')}</p>
          ) : (
            <details class="more" open={polls.length === 0}>
              <summary data-testid="poll-new">{t('polls.new')}</summary>
              <PollForm key={polls.length} onStart={start} />
            </details>
          )}
        </div>
      )}
      {polls.length === 0 && !host && <p class="poll-empty">{t('polls.empty')}</p>}
      {[...polls].reverse().map((poll) => (
        <PollCard key={poll.pollId} poll={poll} />
      ))}
    </div>
  );
}
