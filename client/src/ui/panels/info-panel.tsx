import { MAX_HOST_NOTES } from '@televisit/shared/vocabulary';
import { useEffect, useId, useState } from 'preact/hooks';
import { t } from '../../locales/call.ts';
import { locale } from '../../locales/index.ts';
import { CheckIcon } from '../components/icons.tsx';
import { nameOf } from '../format/names.ts';
import { offsetAt, timeRange } from '../format/session-summary.ts';
import { useCall, allParticipants } from '../hooks/call.ts';
import { NotesAutosave } from './notes-autosave.ts';

const MINUTE_MS = 60_000;

/** The visit's title, time and description, the hosts' notes, and the invited people. */
export function InfoPanel() {
  const { state, host } = useCall();
  const { session } = state;
  const here = new Set(allParticipants(state).map(({ userId }) => userId));
  return (
    <div class="panel-body">
      {session && (
        <section class="panel-section">
          {session.title !== null && <h3 dir="auto">{session.title}</h3>}
          <p>{plannedRange(session.scheduledAt, session.durationMinutes)}</p>
          {session.description !== null && (
            <p class="info-words" dir="auto">
              {session.description}
            </p>
          )}
        </section>
      )}
      {host && <Notes />}
      {session && (
        <section class="panel-section">
          <h3>{t('info.people')}</h3>
          <ul class="rows">
            {session.people.map((person) => (
              <li key={person.userId} class="row">
                <span class="row-words">
                  <span class="row-name">
                    <bdi>{nameOf(person)}</bdi>
                  </span>
                  <span class="row-detail">{t(`role.${person.role}`)}</span>
                </span>
                {here.has(person.userId) && <span class="row-detail">{t('info.here')}</span>}
              </li>
            ))}
          </ul>
        </section>
      )}
      <section class="panel-section">
        <h3>{t('info.tips')}</h3>
        <ul class="call-tips">
          <li>{t('info.tip.light')}</li>
          <li>{t('info.tip.quiet')}</li>
          <li>{t('info.tip.lost')}</li>
        </ul>
      </section>
    </div>
  );
}

function plannedRange(scheduledAt: string, minutes: number): string {
  const from = Date.parse(scheduledAt);
  const to = from + minutes * MINUTE_MS;
  if (offsetAt(from) !== offsetAt(to)) {
    return `${new Intl.DateTimeFormat(locale(), { dateStyle: 'medium' }).format(from)}, ${timeRange(from, to)}`;
  }
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short' }).formatRange(from, to);
}

function Notes() {
  const { client } = useCall();
  const draft = NotesAutosave.of(client);
  const [{ text, saving }, setDraft] = useState({ text: draft.text, saving: draft.saving });
  useEffect(() => {
    const stop = draft.subscribe(() => setDraft({ text: draft.text, saving: draft.saving }));
    return () => {
      stop();
      // Saves the latest text when the panel closes.
      draft.flush();
    };
  }, [draft]);
  const id = useId();
  return (
    <section class="panel-section">
      <h3 id={id}>{t('info.notes')}</h3>
      <p class="row-detail">{t('info.notesHint')}</p>
      <textarea
        class="text-field notes"
        data-testid="host-notes"
        rows={5}
        dir="auto"
        maxLength={MAX_HOST_NOTES}
        aria-labelledby={id}
        value={text}
        onInput={({ currentTarget }) => draft.type(currentTarget.value)}
        onBlur={() => draft.flush()}
      />
      <p class={`save-state save-${saving}`} role="status">
        {saving === 'saved' && (
          <>
            <CheckIcon />
            {t('info.saved')}
          </>
        )}
        {saving === 'saving' && t('info.saving')}
        {saving === 'failed' && (
          <>
            {t('info.saveFailed')}
            <button type="button" class="link-button" onClick={() => draft.flush()}>
              {t('problem.retry')}
            </button>
          </>
        )}
      </p>
    </section>
  );
}
