import type { ParticipantView } from '@televisit/shared/signaling';
import { useMemo, useState } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import { DEVICE_SOURCES, type VisitState } from '../../sdk/index.ts';
import type { UiFeature } from '../features/feature.ts';
import { nameOf } from '../format/names.ts';
import { useFeatures, useStateChanges, type StateChange } from '../hooks/features.ts';
import { added, say, useSaid, type Said } from '../hooks/speech.ts';

type Speaker = Pick<UiFeature, 'announce' | 'alert'>;

/** In a larger visit, every change of a microphone or camera would be too much to listen to. */
const MANY_PARTICIPANTS = 6;

/** The texts about participants and the connection; features add theirs. */
export const CORE_SPEAKER: Speaker = {
  announce: (before, after) => [
    ...connectionTexts(before, after),
    ...ownTexts(before, after),
    ...participantTexts(before, after),
  ],
};

/**
 * Live regions for screen readers: changes in the call are said politely, alerts at once. Each text is a new element,
 * because browsers do not report that a text was replaced by the same words.
 */
export function ScreenReader({ state }: { state: VisitState }) {
  const features = useFeatures();
  const speakers = useMemo<readonly Speaker[]>(() => [CORE_SPEAKER, ...features], [features]);
  const said = useSaid();
  const [alerted, setAlerted] = useState<readonly Said[]>([]);
  useStateChanges(state, speakers, (changes) => {
    const announcements = announcementTexts(changes);
    const alerts = changes.flatMap(({ observer, before, after }) => observer.alert?.(before, after) ?? []);
    if (announcements.length > 0) say(announcements.join('. '));
    if (alerts.length > 0) setAlerted((before) => added(before, alerts.join('. ')));
  });
  return (
    <>
      <div class="visually-hidden" aria-live="polite" data-testid="said">
        {said.map(({ number, text }) => (
          <p key={number}>{text}</p>
        ))}
      </div>
      <div class="visually-hidden" aria-live="assertive" data-testid="announcement-said">
        {alerted.map(({ number, text }) => (
          <p key={number}>{text}</p>
        ))}
      </div>
    </>
  );
}

/** Returns what is said about changes within the call. On entering it, the heading is read anyway. */
export function announcementTexts(changes: readonly StateChange<Speaker>[]): string[] {
  return changes.flatMap(({ observer, before, after }) =>
    before.phase === 'joined' && after.phase === 'joined' ? (observer.announce?.(before, after) ?? []) : [],
  );
}

function connectionTexts(before: VisitState, after: VisitState): string[] {
  if (before.connection === after.connection) return [];
  return [t(after.connection === 'connected' ? 'say.reconnected' : 'say.reconnecting')];
}

/** This person's own devices, which a shortcut can switch while the focus is elsewhere; a notice names the host who did. */
function ownTexts(before: VisitState, after: VisitState): string[] {
  if (before.notice?.id !== after.notice?.id) return [];
  return DEVICE_SOURCES.filter(
    (source) => (before.local[source].state === 'on') !== (after.local[source].state === 'on'),
  ).map((source) => t(`say.own.${source}.${after.local[source].state === 'on' ? 'on' : 'off'}`));
}

function participantTexts(before: VisitState, after: VisitState): string[] {
  const texts: string[] = [];
  for (const person of after.participants) {
    const old = before.participants.find(({ userId }) => userId === person.userId);
    if (old) texts.push(...changesOf(old, person, after.participants.length > MANY_PARTICIPANTS));
    else texts.push(t('say.joined', { name: nameOf(person) }));
  }
  for (const person of before.participants) {
    if (after.participants.every(({ userId }) => userId !== person.userId)) {
      texts.push(t('say.left', { name: nameOf(person) }));
    }
  }
  return texts;
}

function changesOf(old: ParticipantView, person: ParticipantView, amongMany: boolean): string[] {
  const name = nameOf(person);
  if (old.connected !== person.connected) {
    return [t(person.connected ? 'say.resumed' : 'say.interrupted', { name })];
  }
  // The state of their devices is unknown while their connection is down.
  if (!person.connected || amongMany) return [];
  return DEVICE_SOURCES.filter((source) => old.media[source] !== person.media[source]).map((source) =>
    t(`say.${source}.${person.media[source] === 'on' ? 'on' : 'off'}`, { name }),
  );
}
