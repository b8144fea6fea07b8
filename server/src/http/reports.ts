import type { SessionReport } from '@televisit/shared/reports';
import { AnalyticsTally } from '../domain/analytics.ts';
import { auditOf } from '../domain/audit.ts';
import { iso, type Clock } from '../core/clock.ts';
import type { FeatureHooks, FeatureRecords } from '../domain/feature.ts';
import { reportOf } from '../domain/report.ts';
import type { Session } from '../domain/session.ts';
import { type SessionStore, allSessions } from '../domain/session-store.ts';
import type { Sessions } from '../domain/sessions.ts';
import { csvReply, formatOf, withoutFormula } from './csv.ts';
import type { OperationHandlers } from './operation.ts';
import { refuseField, requireOrder } from './problem.ts';

export interface ReportHandlersOptions {
  readonly sessions: Sessions;
  readonly store: SessionStore;
  readonly clock: Clock;
  /** The features that add to reports. */
  readonly features: readonly FeatureRecords[];
  readonly runningFeatures: readonly Pick<FeatureHooks, 'storedReport'>[];
}

const DAY_MS = 24 * 60 * 60_000;
const DEFAULT_DAYS = 30;
const MAX_DAYS = 366;

/** Handles reports and audit logs of sessions, and analytics over many. */
export function reportHandlers({
  sessions,
  store,
  clock,
  features,
  runningFeatures,
}: ReportHandlersOptions): OperationHandlers<'getReport' | 'getAudit' | 'getAnalytics'> {
  return {
    getReport: async ({ params, query, request, by }) => {
      const session = await sessions.get(params.sessionId);
      const stored = await Promise.all(
        runningFeatures.map(async (feature) => (await feature.storedReport?.(session)) ?? {}),
      );
      const report = reportOf(session, clock.now(), features, stored);
      await sessions.note(session.sessionId, { type: 'report.read', by });
      if (formatOf(request, query.format) === 'json') return { status: 200, body: report };
      const rows = rowsOf(report);
      return csvReply(`report-${session.sessionId}.csv`, Object.keys(rows[0] ?? {}), rows);
    },

    getAudit: async ({ params }) => {
      const session = await sessions.get(params.sessionId);
      return {
        status: 200,
        body: { entries: auditOf(session, await store.history(session.sessionId)) },
      };
    },

    getAnalytics: async ({ query }) => {
      const to = query.to === undefined ? clock.now() : Date.parse(query.to);
      const from = query.from === undefined ? to - DEFAULT_DAYS * DAY_MS : Date.parse(query.from);
      requireRange(from, to);
      const tally = new AnalyticsTally(query.timeZone);
      for await (const page of pages(store, from, to)) {
        for (const session of page) tally.add(session, clock.now());
        // Lets calls and other requests proceed during a long range.
        await new Promise(setImmediate);
      }
      const range = { from: iso(from), to: iso(to), timeZone: query.timeZone };
      return { status: 200, body: { ...range, ...tally.figures() } };
    },
  };
}

/** Yields the visits of a range day by day, so that the store sorts few at a time. */
async function* pages(store: SessionStore, from: number, to: number): AsyncGenerator<readonly Session[]> {
  for (let day = from; day < to; day += DAY_MS) {
    yield* allSessions(store, { from: day, to: Math.min(to, day + DAY_MS) });
  }
}

/** @throws {TelevisitError} `validation_failed` if the range is empty or too long */
function requireRange(from: number, to: number): void {
  requireOrder(from, to);
  if (to - from > MAX_DAYS * DAY_MS) refuseField('from', `must lie at most ${MAX_DAYS} days before "to"`);
}

/** Returns a line for each person. */
function rowsOf({ participants, feedback, shares, ...visit }: SessionReport) {
  return participants.map((person) => {
    const given = feedback.find(({ userId }) => userId === person.userId);
    return {
      sessionId: visit.sessionId,
      appointmentId: visit.appointmentId,
      status: visit.status,
      scheduledAt: visit.scheduledAt,
      startedAt: visit.startedAt,
      endedAt: visit.endedAt,
      endReason: visit.endReason,
      endedBy: visit.endedBy?.userId ?? visit.endedBy?.type,
      durationSeconds: visit.durationSeconds,
      waitingSeconds: visit.waitingSeconds,
      messages: visit.messages,
      userId: person.userId,
      role: person.role,
      displayName: withoutFormula(person.displayName),
      firstJoinedAt: person.firstJoinedAt,
      lastLeftAt: person.lastLeftAt,
      minutes: person.minutes,
      waitedSeconds: person.waitingSeconds,
      reconnects: person.reconnects,
      impairedMinutes: person.impairedMinutes,
      shareSeconds: shares
        .filter(({ userId }) => userId === person.userId)
        .reduce((sum, { seconds }) => sum + seconds, 0),
      qualitySent: person.quality.sent,
      qualityReceived: person.quality.received,
      rating: given?.rating,
      comment: withoutFormula(given?.comment ?? null),
    };
  });
}
