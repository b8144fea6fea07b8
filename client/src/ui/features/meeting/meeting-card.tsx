import type { ProviderMeeting, VisitState } from '../../../sdk/index.ts';
import { elapsed } from '../../format/formatters.ts';
import { nameOf } from '../../format/names.ts';
import { useSeconds } from '../../hooks/page.ts';
import type { MeetingStatus } from './meeting-status.ts';
import { t } from './texts.ts';

interface Props {
  state: VisitState;
  meeting: ProviderMeeting;
  status: MeetingStatus;
}

/** The state of the meeting, its timer, and the people of the visit. */
export function MeetingStatusCard({ state, meeting, status }: Props) {
  const { startedAt } = state;
  return (
    <section class="meeting-card" aria-label={t('meeting.people')}>
      <div class="meeting-status">
        <span class={`meeting-sign ${status.isGood ? 'meeting-sign-good' : ''}`} aria-hidden="true" />
        <p role="status" data-testid="meeting-status">
          {status.text}
        </p>
        {startedAt !== null && <Timer startedAt={startedAt} />}
      </div>
      <ul class="meeting-people">
        {meeting.people.map((person) => (
          <Person key={person.userId} person={person} isSelf={person.userId === state.self?.userId} />
        ))}
      </ul>
      {meeting.strangers > 0 && (
        <p class="meeting-strangers" data-testid="meeting-strangers">
          {t('meeting.strangers', { count: meeting.strangers })}
        </p>
      )}
    </section>
  );
}

/** The time since the first person came. */
export function Timer({ startedAt }: { startedAt: number }) {
  return (
    <span class="meeting-timer" data-testid="timer" role="timer" aria-label={t('meeting.elapsed')}>
      {elapsed(startedAt, useSeconds())}
    </span>
  );
}

interface PersonProps {
  person: ProviderMeeting['people'][number];
  isSelf: boolean;
}

function Person({ person, isSelf }: PersonProps) {
  const details = [
    ...(person.displayName === null ? [] : [t(`role.${person.role}`)]),
    ...(isSelf ? [t('person.you')] : []),
  ];
  return (
    <li
      class="meeting-person"
      data-testid="meeting-person"
      data-user-id={person.userId}
      data-present={String(person.present)}
    >
      <span class="meeting-name">
        <bdi>{nameOf(person)}</bdi>
        {details.length > 0 && <span class="row-detail">{details.join(' · ')}</span>}
      </span>
      <span class={`meeting-presence ${person.present ? 'meeting-present' : ''}`}>
        {t(person.present ? 'meeting.there' : 'meeting.notThere')}
      </span>
    </li>
  );
}
