import { t } from '../locales/index.ts';
import { SOURCES, type VisitState } from '../sdk/index.ts';
import { nameOf } from './format.ts';

type Seen = Pick<VisitState, 'phase' | 'connection' | 'participants'>;

/** What a screen reader should say about the change from one state to the next. */
export function announcements(before: Seen, after: Seen): string[] {
  if (before.phase !== 'joined' || after.phase !== 'joined') return [];
  const said: string[] = [];
  if (before.connection !== after.connection) {
    said.push(t(after.connection === 'connected' ? 'say.reconnected' : 'say.reconnecting'));
  }
  for (const person of after.participants) {
    const name = nameOf(person);
    const old = before.participants.find(({ userId }) => userId === person.userId);
    if (!old) {
      said.push(t('say.joined', { name }));
      continue;
    }
    if (old.connected !== person.connected) {
      said.push(t(person.connected ? 'say.resumed' : 'say.interrupted', { name }));
    }
    for (const source of SOURCES) {
      if (old.media[source] === person.media[source]) continue;
      said.push(t(`say.${source}.${person.media[source] === 'on' ? 'on' : 'off'}`, { name }));
    }
  }
  for (const person of before.participants) {
    if (after.participants.every(({ userId }) => userId !== person.userId)) {
      said.push(t('say.left', { name: nameOf(person) }));
    }
  }
  return said;
}
