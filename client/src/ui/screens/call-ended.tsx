import { t } from '../../locales/index.ts';
import type { VisitClient, VisitState } from '../../sdk/index.ts';
import { CheckIcon, LeaveIcon } from '../components/icons.tsx';
import { duration } from '../format/formatters.ts';
import { useFeatures } from '../hooks/features.ts';
import { useSeconds } from '../hooks/page.ts';
import { DateTime, Message } from './message.tsx';
import { endedBy, type VisitRecord } from './visit-record.ts';

interface Props {
  client: VisitClient;
  state: VisitState;
  record: VisitRecord;
}

/** The visit is over for everyone: how it ended, and how long this person was in it. */
export function EndedScreen({ client, state, record }: Props) {
  const ended = endedText(state, record);
  return (
    <Message
      title={t('screen.visit_over.title')}
      text={ended ?? t('screen.visit_over.text')}
      testId="error-screen"
      code="session_over"
      sign={<CheckIcon />}
    >
      {state.closedAt !== null && (
        <p class="when" data-testid="closed-at">
          <span>{t('screen.visit_over.closed')}</span> <DateTime at={state.closedAt} />
        </p>
      )}
      <Stay record={record} />
      <ReturnLink state={state} />
      <AfterCall client={client} primary={state.session?.returnUrl == null} />
      <Next client={client} record={record} />
    </Message>
  );
}

/** After leaving. While the visit is open, the person can return. */
export function LeftScreen({ client, state, record }: Props) {
  const wasIn = record.stay !== null;
  const open = useStillOpen(state);
  const title = t(wasIn || state.feedback !== 'none' ? 'screen.left.title' : 'screen.left.waiting');
  return (
    <Message
      title={title}
      text={t(open ? 'screen.left.text' : 'screen.left.closed')}
      testId="left-screen"
      sign={<LeaveIcon />}
    >
      <Stay record={record} />
      <div class="message-buttons">
        {open && (
          <button
            type="button"
            class="button button-primary"
            data-testid="rejoin-button"
            onClick={() => client.start()}
          >
            {t('screen.rejoin')}
          </button>
        )}
        <ReturnLink state={state} quiet={open} />
      </div>
      <AfterCall client={client} primary={!open} />
      <Next client={client} record={record} />
    </Message>
  );
}

/** The contributions of features after the call. */
function AfterCall(props: { client: VisitClient; primary: boolean }) {
  return <>{useFeatures().map(({ AfterCall: Part }, index) => Part && <Part key={index} {...props} />)}</>;
}

/** How long this person was in the call. */
function Stay({ record }: { record: VisitRecord }) {
  const time = record.stay === null ? null : duration(record.stay);
  if (time === null) return null;
  return <p data-testid="stay">{t('after.duration', { time })}</p>;
}

/** The link back to the site that created the visit. */
function ReturnLink({ state, quiet = false }: { state: VisitState; quiet?: boolean }) {
  const url = state.session?.returnUrl ?? null;
  if (url === null) return null;
  return (
    <a class={`button ${quiet ? 'button-quiet' : 'button-primary'}`} data-testid="return-link" href={url}>
      {t('after.return', { site: new URL(url).host })}
    </a>
  );
}

function Next({ client, record }: Omit<Props, 'state'>) {
  if (record.stay === null) return null;
  return (
    <p class="next">
      <strong>{t('after.next')}</strong> {t(client.can('moderate') ? 'after.nextHost' : 'after.nextText')}
    </p>
  );
}

/** Returns whether the visit is still open, by the server's clock. */
function useStillOpen({ session, clockOffset }: VisitState): boolean {
  const now = useSeconds() + clockOffset;
  return session === null || Date.parse(session.closesAt) > now;
}

function endedText({ self, endReason }: VisitState, record: VisitRecord): string | null {
  const by = endedBy(record, self?.userId ?? null, endReason);
  switch (by.who) {
    case 'you':
      return t('after.endedByYou');
    case 'named':
      return t('after.endedBy', { name: by.name });
    case 'host':
      return t('after.endedByHost');
    case 'time':
      return t('after.endedTime');
    case 'unknown':
      return null;
  }
}
