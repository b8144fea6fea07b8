import { permissionsOf, type Role } from '@televisit/shared/vocabulary';
import type { SessionReport } from '@televisit/shared/reports';
import type { WebhookEvent } from '@televisit/shared/webhooks';

/** The part of a report that a receiver of events can rebuild. */
export interface RebuiltReport extends Pick<
  SessionReport,
  'startedAt' | 'endedAt' | 'endReason' | 'durationSeconds' | 'waitingSeconds' | 'reconnects' | 'meanRating'
> {
  /** The participants who joined, sorted by id. */
  readonly participants: readonly Pick<
    SessionReport['participants'][number],
    'userId' | 'role' | 'firstJoinedAt' | 'lastLeftAt' | 'minutes' | 'reconnects'
  >[];
}

interface Interval {
  readonly joinedAt: string;
  readonly leftAt: string | null;
  readonly reconnects: number;
}

type Waited = readonly { readonly waitingSeconds: number }[];

interface Participant {
  readonly userId: string;
  readonly role: Role;
  waitingSince: string | null;
  readonly intervals: Map<number, Interval>;
}

/** Rebuilds a session's report from received events, as a backend would. Events may be repeated. */
export function rebuiltReport(events: readonly WebhookEvent[], now: number): RebuiltReport {
  const seen = new Set<string>();
  const people = new Map<string, Participant>();
  const ratings: number[] = [];
  let over: Pick<SessionReport, 'endedAt' | 'endReason'> = { endedAt: null, endReason: null };
  let startedAt: string | null = null;
  let waited: Waited = [];
  const participantOf = ({ userId, role }: { userId: string; role: Role }): Participant => {
    const known = people.get(userId) ?? { userId, role, waitingSince: null, intervals: new Map() };
    people.set(userId, known);
    return known;
  };
  for (const event of events) {
    if (seen.has(event.id)) continue;
    seen.add(event.id);
    switch (event.type) {
      case 'meeting.started':
        ({ startedAt } = event.data);
        break;
      case 'participant.waiting':
        participantOf(event.data).waitingSince ??= event.data.waitingSince;
        break;
      case 'participant.joined': {
        const { interval, joinedAt, reconnects } = event.data;
        participantOf(event.data).intervals.set(interval, { joinedAt, reconnects, leftAt: null });
        break;
      }
      case 'participant.left':
        participantOf(event.data).intervals.set(event.data.interval, event.data);
        break;
      case 'feedback.submitted':
        ratings.push(event.data.rating);
        break;
      case 'meeting.ended':
        over = { endedAt: event.data.endedAt, endReason: event.data.reason };
        ({ waited } = event.data);
        for (const one of event.data.participants) participantOf(one).intervals.set(one.interval, one);
        break;
      case 'session.cancelled':
        over = { endedAt: event.data.cancelledAt, endReason: 'cancelled' };
        ({ waited } = event.data);
        break;
      case 'session.no_show':
        over = { endedAt: event.data.closedAt, endReason: 'no_show' };
        break;
      case 'session.host_absent':
        over = { endedAt: event.data.endedAt, endReason: 'host_absent' };
        ({ waited } = event.data);
        break;
    }
  }
  const ofAll = [...people.values()];
  const participants = ofAll
    .filter(({ intervals }) => intervals.size > 0)
    .map(({ userId, role, intervals }) => {
      const own = [...intervals.entries()].sort(([left], [right]) => left - right).map(([, one]) => one);
      const ms = own.reduce(
        (sum, one) => sum + Math.max(0, (time(one.leftAt) ?? now) - Date.parse(one.joinedAt)),
        0,
      );
      return {
        userId,
        role,
        firstJoinedAt: own[0]?.joinedAt ?? null,
        lastLeftAt: own.at(-1)?.leftAt ?? null,
        minutes: Math.round(ms / 6000) / 10,
        reconnects: own.reduce((sum, { reconnects }) => sum + reconnects, 0),
      };
    })
    .sort((left, right) => (left.userId < right.userId ? -1 : 1));
  return {
    startedAt,
    ...over,
    durationSeconds: Math.round(durationOf(ofAll, startedAt, now) / 1000),
    waitingSeconds: waitingSecondsOf(ofAll, over.endedAt === null ? null : waited),
    reconnects: participants.reduce((sum, { reconnects }) => sum + reconnects, 0),
    meanRating:
      ratings.length === 0
        ? null
        : Math.round((ratings.reduce((sum, one) => sum + one, 0) / ratings.length) * 10) / 10,
    participants,
  };
}

/** Returns the same part of the server's own report. */
export function comparable(report: SessionReport): RebuiltReport {
  const { startedAt, endedAt, endReason, durationSeconds, waitingSeconds, reconnects, meanRating } = report;
  const participants = report.participants
    .filter(({ firstJoinedAt }) => firstJoinedAt !== null)
    .map(({ userId, role, firstJoinedAt, lastLeftAt, minutes, reconnects: own }) => ({
      userId,
      role,
      firstJoinedAt,
      lastLeftAt,
      minutes,
      reconnects: own,
    }))
    .sort((left, right) => (left.userId < right.userId ? -1 : 1));
  return {
    startedAt,
    endedAt,
    endReason,
    durationSeconds,
    waitingSeconds,
    reconnects,
    meanRating,
    participants,
  };
}

function durationOf(people: readonly Participant[], startedAt: string | null, now: number): number {
  const left = people.flatMap(({ intervals }) =>
    [...intervals.values()].map((one) => time(one.leftAt) ?? now),
  );
  return startedAt === null || left.length === 0 ? 0 : Math.max(0, Math.max(...left) - Date.parse(startedAt));
}

/** @param waited null if the session is not over */
function waitingSecondsOf(people: readonly Participant[], waited: Waited | null): number | null {
  const first = (host: boolean) =>
    Math.min(
      ...people
        .filter(({ role }) => permissionsOf(role).includes('moderate') === host)
        .flatMap(({ waitingSince, intervals }) => [
          ...[...intervals.values()].map(({ joinedAt }) => Date.parse(joinedAt)),
          ...(waitingSince === null ? [] : [Date.parse(waitingSince)]),
        ]),
    );
  const [guest, host] = [first(false), first(true)];
  if (!Number.isFinite(guest)) return null;
  if (Number.isFinite(host)) return Math.round(Math.max(0, host - guest) / 1000);
  return waited && Math.max(0, ...waited.map(({ waitingSeconds }) => waitingSeconds));
}

function time(text: string | null): number | null {
  return text === null ? null : Date.parse(text);
}
