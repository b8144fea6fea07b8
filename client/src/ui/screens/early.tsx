import { t } from '../../locales/index.ts';
import type { VisitClient, VisitState } from '../../sdk/index.ts';
import { Countdown } from '../components/countdown.tsx';
import { ClockIcon } from '../components/icons.tsx';
import { Moment } from '../components/moment.tsx';
import { useWake } from '../hooks.ts';
import { Message } from './message.tsx';

interface Props {
  client: VisitClient;
  state: VisitState;
}

/** The visit opens later: when, how long that is, and that there is nothing to do but to wait. */
export function EarlyScreen({ client, state }: Props) {
  // After a sleep the clocks of a page are late, and the visit may have been moved meanwhile.
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
            <span>{t('early.opens')}</span> <Moment at={opensAt} />
          </p>
          <Countdown opensAt={opensAt} clockOffset={clockOffset} />
        </>
      )}
    </Message>
  );
}
