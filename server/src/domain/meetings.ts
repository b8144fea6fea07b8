import type { ProviderId } from '@televisit/shared/vocabulary';
import { Backoff } from '../core/backoff.ts';
import { change, type Caused } from './change.ts';
import { SYSTEM } from './events.ts';
import { CALENDAR, plannedMeeting, type Meeting, type MeetingTraits } from './meeting.ts';
import { currentMeeting, meetingOf, stepFor, type Step } from './meeting-steps.ts';
import type { SessionChange } from './session-store.ts';
import { isOccupied, isOver, type Session } from './session.ts';

/**
 * Changes of the meetings of a session at other providers. A process claims the next step for a while, performs it, and
 * records the outcome. Pure functions: callers store the returned change; null means that nothing changes.
 */

/** How long a step may take before another process repeats it, in milliseconds. */
export const STEP_MS = 30_000;
const RETRIES = new Backoff({ firstMs: 5000, maxMs: 5 * 60_000 });

/**
 * Reserves a step for a process.
 * @param isUrgent whether a person waits for it, so that it is not put off after a failure
 * @returns null if it is not due, or another process performs it
 */
export function claim(
  session: Session,
  { kind, generation }: Pick<Step, 'kind' | 'generation'>,
  owner: string,
  now: number,
  isUrgent = false,
): SessionChange | null {
  const meeting = meetingOf(session, generation);
  if (!meeting) return null;
  const step = stepFor(session, isUrgent ? { ...meeting, retryAt: null } : meeting);
  if (step?.kind !== kind || step.at > now) return null;
  return patched(session, generation, now, {
    lease: { owner, until: now + STEP_MS },
    attempts: meeting.attempts + 1,
    ...(kind === 'create' ? { state: 'creating' } : {}),
  });
}

const SETTLED = { lease: null, attempts: 0, retryAt: null, error: null } as const;

/** Records that a meeting exists at the provider according to a plan. */
export function created(
  session: Session,
  generation: number,
  ref: Pick<Meeting, 'hostId' | 'data'> & { readonly meetingId: string },
  plan: string,
  now: number,
): SessionChange | null {
  const { meetingId, hostId, data } = ref;
  return patched(session, generation, now, { ...SETTLED, state: 'ready', meetingId, hostId, data, plan });
}

/** Records that a meeting is no longer at the provider, so that it is created again if it is still wanted. */
export function lost(session: Session, generation: number, now: number): SessionChange | null {
  return patched(session, generation, now, { ...SETTLED, state: 'creating', plan: null });
}

/** Records that a meeting was cancelled or ended at the provider. */
export function closed(session: Session, generation: number, now: number): SessionChange | null {
  return patched(session, generation, now, { ...SETTLED, state: 'over' });
}

/** Records that the provider was asked who is in. */
export function askedProvider(session: Session, generation: number, now: number): SessionChange | null {
  const meeting = meetingOf(session, generation);
  if (!meeting) return null;
  const asked = meeting.asked + (isOver(session) ? 1 : 0);
  return patched(session, generation, now, { ...SETTLED, askedAt: now, asked });
}

/** Records that a person was given the way in, with what the adapter keeps because of it. */
export function linked(
  session: Session,
  generation: number,
  data: Readonly<Record<string, string>>,
  now: number,
): SessionChange | null {
  const meeting = meetingOf(session, generation);
  if (!meeting) return null;
  return patched(session, generation, now, { data: { ...meeting.data, ...data }, linkedAt: now });
}

/**
 * Records that a step failed.
 * @param retryAfterMs the wait that the provider asked for; null for the usual one
 */
export function failed(
  session: Session,
  { kind, generation }: Pick<Step, 'kind' | 'generation'>,
  error: string,
  retryAfterMs: number | null,
  now: number,
): SessionChange | null {
  const meeting = meetingOf(session, generation);
  if (!meeting) return null;
  const { provider, attempts } = meeting;
  // Records are only nice to have; the schedule of asking goes on.
  const asked = kind === 'ask' ? meeting.asked + (isOver(session) ? 1 : 0) : meeting.asked;
  const retryAt = now + Math.max(retryAfterMs ?? 0, RETRIES.base(Math.max(1, attempts)));
  const isFirst = meeting.error === null && kind === 'create' && generation !== CALENDAR;
  return patched(
    session,
    generation,
    now,
    { lease: null, retryAt, error, asked },
    isFirst ? [{ type: 'session.provider_failed', provider, reason: error }] : [],
  );
}

/** How long a person with a link may take to show up in the reports of a provider, in milliseconds. */
const ARRIVAL_MS = 2 * 60_000;

/** Whether people are in the meeting at the current provider, or may be on their way. */
export function isInUse(session: Session, now: number): boolean {
  const linkedAt = currentMeeting(session)?.linkedAt ?? null;
  // If the provider reports a person by name only, they may match no seat.
  const hasVisitors = session.visitors.some(({ leftAt }) => leftAt === null);
  return isOccupied(session) || hasVisitors || (linkedAt !== null && now - linkedAt < ARRIVAL_MS);
}

/**
 * Gives a session to another provider, with a new generation. Its links stay the same.
 * @param from the provider that failed
 * @returns null if another one carries the session by now, people are in the meeting, or the session is over
 */
export function changeProvider(
  session: Session,
  from: ProviderId,
  to: MeetingTraits,
  reason: string,
  now: number,
): SessionChange | null {
  if (session.provider !== from || from === to.provider) return null;
  if (isOver(session) || isInUse(session, now)) return null;
  const generation = (session.meetings.at(-1)?.generation ?? 0) + 1;
  const patch: Partial<Session> = {
    provider: to.provider,
    providerReason: reason,
    fallbacks: session.fallbacks.slice(session.fallbacks.indexOf(to.provider) + 1),
    meetings:
      to.provider === 'sfu' ? session.meetings : [...session.meetings, plannedMeeting(to, generation)],
  };
  const fact = { type: 'session.provider_changed', from, to: to.provider, reason } as const;
  return change(session, patch, now, SYSTEM, fact);
}

/** Removes what identifies a person from the meetings of a session. */
export function withoutPerson(meetings: readonly Meeting[], userId: string): readonly Meeting[] {
  return meetings.map((meeting) => ({
    ...meeting,
    data: Object.fromEntries(Object.entries(meeting.data).filter(([key]) => !key.endsWith(`:${userId}`))),
  }));
}

function patched(
  session: Session,
  generation: number,
  now: number,
  patch: Partial<Meeting>,
  facts: readonly Caused[] = [],
): SessionChange | null {
  if (!meetingOf(session, generation)) return null;
  const { calendar, updatedAt } = session;
  const meetings = session.meetings.map((meeting) =>
    meeting.generation === generation ? { ...meeting, ...patch } : meeting,
  );
  const changed =
    generation === CALENDAR ? { calendar: calendar && { ...calendar, ...patch } } : { meetings };
  // Not a change of the session as its backend sees it.
  return change(session, { ...changed, updatedAt }, now, SYSTEM, ...facts);
}
