import type { ParticipantView } from '@televisit/shared/signaling';
import { t } from '../../locales/index.ts';
import { SOURCES, type VisitState } from '../../sdk/index.ts';
import { nameOf } from '../format/names.ts';

type Seen = Pick<
  VisitState,
  'phase' | 'connection' | 'participants' | 'chat' | 'reactions' | 'room' | 'self' | 'waitingPeople'
>;

/** In a larger visit nobody wants to hear of every microphone. */
const MANY = 6;
const LONGEST_MESSAGE = 200;

/** What a screen reader should say about the change from one state to the next. */
export function screenReaderMessages(before: Seen, after: Seen): string[] {
  if (before.phase !== 'joined' || after.phase !== 'joined') return [];
  return [
    ...ofConnection(before, after),
    ...ofWaiting(before, after),
    ...ofPeople(before, after),
    ...ofRoom(before, after),
    ...ofChat(before, after),
    ...ofReactions(before, after),
  ];
}

function ofConnection(before: Seen, after: Seen): string[] {
  if (before.connection === after.connection) return [];
  return [t(after.connection === 'connected' ? 'say.reconnected' : 'say.reconnecting')];
}

function ofWaiting(before: Seen, after: Seen): string[] {
  return after.waitingPeople
    .filter(({ userId }) => before.waitingPeople.every((other) => other.userId !== userId))
    .map((person) => t('say.waits', { name: nameOf(person) }));
}

function ofPeople(before: Seen, after: Seen): string[] {
  const said: string[] = [];
  for (const person of after.participants) {
    const old = before.participants.find(({ userId }) => userId === person.userId);
    if (old) said.push(...ofPerson(old, person, after.participants.length > MANY));
    else said.push(t('say.joined', { name: nameOf(person) }));
  }
  for (const person of before.participants) {
    if (after.participants.every(({ userId }) => userId !== person.userId)) {
      said.push(t('say.left', { name: nameOf(person) }));
    }
  }
  return said;
}

function ofPerson(old: ParticipantView, person: ParticipantView, amongMany: boolean): string[] {
  const name = nameOf(person);
  const said: string[] = [];
  if (old.connected !== person.connected) {
    said.push(t(person.connected ? 'say.resumed' : 'say.interrupted', { name }));
  }
  if ((old.handRaisedAt === null) !== (person.handRaisedAt === null)) {
    said.push(t(person.handRaisedAt === null ? 'say.hand.down' : 'say.hand.up', { name }));
  }
  // What somebody sends is not known while their connection is away, and none of their doing when it comes back.
  if (!old.connected || !person.connected) return said;
  for (const source of SOURCES) {
    // The sound of a screen comes and goes with the screen.
    if (source === 'screenAudio' || old.media[source] === person.media[source]) continue;
    if (amongMany && source !== 'screen') continue;
    said.push(t(`say.${source}.${person.media[source] === 'on' ? 'on' : 'off'}`, { name }));
  }
  return said;
}

function ofRoom(before: Seen, after: Seen): string[] {
  if (before.room.locked === after.room.locked) return [];
  return [t(after.room.locked ? 'say.locked' : 'say.unlocked')];
}

function ofChat(before: Seen, after: Seen): string[] {
  const last = before.chat.messages.at(-1)?.seq ?? 0;
  return after.chat.messages
    .filter(({ seq, userId }) => seq > last && userId !== after.self?.userId)
    .map((message) => {
      const name = nameOf(message);
      if (message.file) return t('say.file', { name, file: message.file.name });
      const text = message.text ?? '';
      const short = text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}…` : text;
      return t('say.message', { name, text: short });
    });
}

function ofReactions(before: Seen, after: Seen): string[] {
  const known = new Set(before.reactions.map(({ id }) => id));
  return after.reactions.flatMap(({ id, userId, reaction }) => {
    const person = after.participants.find((other) => other.userId === userId);
    if (known.has(id) || !person) return [];
    return [t('say.reaction', { name: nameOf(person), reaction: t(`reactions.${reaction}`) })];
  });
}
