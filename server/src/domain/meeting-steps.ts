import { createHash } from 'node:crypto';
import { CALENDAR, type Meeting } from './meeting.ts';
import { isOver, type Session } from './session.ts';

/**
 * What has to be done at other providers for the meetings of a session. It follows from the state alone, so that a step of a
 * process that died is repeated by another one. Times are milliseconds since the Unix epoch.
 */

/** What to do at a provider. `discard` cancels a meeting of which it is unknown whether it was created. */
export type StepKind = 'create' | 'update' | 'cancel' | 'end' | 'discard' | 'ask';

export interface Step {
  readonly kind: StepKind;
  readonly generation: number;
  /** When it is due. */
  readonly at: number;
}

/** How long before the join window a meeting is created, in milliseconds. */
const PREPARE_MS = 10 * 60_000;
/** When a provider is asked for its records after a visit, in milliseconds after its end. */
const ASK_AFTER_MS = [30_000, 2 * 60_000, 10 * 60_000, 60 * 60_000];
/** Returns the meeting that people enter; undefined if this server carries the visit. */
export function currentMeeting({ provider, meetings }: Session): Meeting | undefined {
  return provider === 'sfu' ? undefined : meetings.at(-1);
}

/** Returns the meeting of a generation. */
export function meetingOf({ meetings, calendar }: Session, generation: number): Meeting | undefined {
  if (generation === CALENDAR) return calendar ?? undefined;
  return meetings.find((meeting) => meeting.generation === generation);
}

/** Returns the next step for the meetings of a session; null if there is none. */
export function nextStep(session: Session): Step | null {
  const { meetings, calendar } = session;
  if (meetings.length === 0 && !calendar) return null;
  const steps = [...meetings, ...(calendar ? [calendar] : [])].flatMap(
    (meeting) => stepFor(session, meeting) ?? [],
  );
  return steps.sort((left, right) => left.at - right.at)[0] ?? null;
}

/** Returns the next step for one meeting; null if there is none. */
export function stepFor(session: Session, meeting: Meeting): Step | null {
  const due = isWanted(session, meeting) ? wantedStep(session, meeting) : unwantedStep(session, meeting);
  if (!due) return null;
  const [kind, at] = due;
  const { generation, retryAt, lease } = meeting;
  return { kind, generation, at: Math.max(at, retryAt ?? 0, lease?.until ?? 0) };
}

function isWanted(session: Session, { generation, state }: Meeting): boolean {
  // The calendar keeps visits that took place.
  if (generation === CALENDAR)
    return isOver(session) ? session.status === 'ended' && state === 'ready' : true;
  return generation === currentMeeting(session)?.generation && !isOver(session);
}

type Due = readonly [kind: StepKind, at: number] | null;

function wantedStep(session: Session, meeting: Meeting): Due {
  const { createdAt, opensAt, updatedAt } = session;
  switch (meeting.state) {
    case 'planned':
      return ['create', meeting.early ? createdAt : Math.max(createdAt, opensAt - PREPARE_MS)];
    case 'creating':
      return ['create', createdAt];
    case 'ready':
      if (meeting.plan !== planDigest(session)) return ['update', updatedAt];
      if (meeting.pollMs === null) return null;
      return ['ask', Math.max(opensAt, (meeting.askedAt ?? 0) + meeting.pollMs)];
    case 'over':
      return null;
  }
}

function unwantedStep(session: Session, { state, meetingId, records, asked }: Meeting): Due {
  const { updatedAt, endedAt, status } = session;
  if (state === 'creating') return ['discard', updatedAt];
  if (state === 'ready') return [status === 'ended' ? 'end' : 'cancel', updatedAt];
  const after = ASK_AFTER_MS[asked];
  if (state === 'planned' || !records || meetingId === null || endedAt === null || after === undefined) {
    return null;
  }
  return ['ask', endedAt + after];
}

/** Returns the time of the next step for the meetings of a session; null if there is none. */
export function meetingAt(session: Session): number | null {
  return nextStep(session)?.at ?? null;
}

/** Returns a digest of everything about a session that a provider is told. */
export function planDigest(session: Session): string {
  const { scheduledAt, durationMinutes, opensAt, closesAt, options, seats } = session;
  const people = seats.map(({ userId, role, displayName, email, language, removedAt }) =>
    removedAt === null ? [userId, role, displayName, email, language] : null,
  );
  const told = [scheduledAt, durationMinutes, opensAt, closesAt, options.waitingRoom, people];
  return createHash('sha256').update(JSON.stringify(told)).digest('base64url').slice(0, 22);
}
