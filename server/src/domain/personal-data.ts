import type { Erasure, UserData } from '@televisit/shared/reports';
import { intervalsOf, waitOf } from './attendance.ts';
import { auditOf } from './audit.ts';
import { iso, isoOrNull, type Clock } from '../core/clock.ts';
import type { CalendarFeedStore } from './calendar-feed-store.ts';
import type { Actor } from './events.ts';
import type { FeatureHooks, PersonalFields } from './feature.ts';
import type { Ids } from './ids.ts';
import type { MailStore } from './mail-store.ts';
import type { NotificationStore } from './notification-store.ts';
import { MAX_FAILURES, type ObservationStore } from './observation-store.ts';
import type { PushStore } from './push-store.ts';
import { seatIndex, type Session } from './session.ts';
import { seatFor } from './meeting-attendance.ts';
import { meetingOf } from './meeting-steps.ts';
import {
  type MeetingEventStore,
  type SessionStore,
  type FeatureStore,
  type FeatureStores,
  allSessions,
} from './session-store.ts';
import type { Sessions } from './sessions.ts';

export interface PersonalDataOptions {
  readonly store: SessionStore & {
    readonly features: FeatureStores;
    readonly meetingEvents: MeetingEventStore;
    readonly calendarFeeds: CalendarFeedStore;
    readonly observations: Pick<ObservationStore, 'failures' | 'quality' | 'deleteSeat'>;
  };
  readonly sessions: Sessions;
  readonly features: readonly Pick<FeatureHooks, 'personalData'>[];
  readonly mail: MailStore;
  readonly notifications: NotificationStore;
  readonly push: PushStore;
  readonly clock: Clock;
  readonly ids: Ids;
}

const PAGE = 100;

/** Exports and erases the data of a user over all sessions (GDPR, articles 15 and 17). */
export class PersonalData {
  readonly #options: PersonalDataOptions;

  constructor(options: PersonalDataOptions) {
    this.#options = options;
  }

  /** Returns all data of a user, and records the export in the audit log of each session. */
  async export(userId: string, by: Actor): Promise<UserData> {
    const { store, sessions, clock } = this.#options;
    const found: UserData['sessions'] = [];
    for await (const page of allSessions(store, { userId })) {
      for (const session of page) {
        found.push(await this.#session(session, userId));
        const seat = seatIndex(session, userId);
        await sessions.note(session.sessionId, { type: 'data.exported', seat, by });
      }
    }
    const calendarFeed = (await store.calendarFeeds.find(userId)) !== undefined;
    return { userId, exportedAt: iso(clock.now()), calendarFeed, sessions: found };
  }

  /**
   * Replaces a user with a pseudonym everywhere. If interrupted, it can be called again and continues.
   * @throws {TelevisitError} `conflict`
   */
  async erase(userId: string, by: Actor): Promise<Erasure> {
    const { store, sessions, mail, ids } = this.#options;
    // Not a digest: user ids can be guessed and their digests compared.
    const pseudonym = `erased-${ids.unique()}`;
    let count = 0;
    for (;;) {
      const page = await store.list({ userId }, PAGE);
      if (page.length === 0) {
        await store.calendarFeeds.delete(userId);
        return { pseudonym: count === 0 ? null : pseudonym, sessions: count };
      }
      for (const session of page) {
        const { sessionId } = session;
        const seat = seatIndex(session, userId);
        // Other records first, because an interrupted erasure finds the session again by the user id, and again
        // afterwards for what was added in between.
        await this.#eraseRecords(sessionId, seat);
        await this.#eraseMeetingEvents(session, seat, pseudonym);
        await sessions.erase(sessionId, userId, pseudonym, by);
        await this.#eraseRecords(sessionId, seat);
        await mail.deleteSeat(sessionId, seat);
      }
      count += page.length;
    }
  }

  async #eraseRecords(sessionId: string, seat: number): Promise<void> {
    const { store, notifications, push } = this.#options;
    for (const feature of Object.values<FeatureStore>(store.features)) await feature.erase(sessionId, seat);
    await push.deleteSeat(sessionId, seat);
    await notifications.deleteSeat(sessionId, seat);
    await store.observations.deleteSeat(sessionId, seat);
  }

  /** Replaces what identifies the person in events of other providers. Unknown people may be this person. */
  async #eraseMeetingEvents(session: Session, seat: number, pseudonym: string): Promise<void> {
    if (session.meetings.length === 0) return;
    await this.#options.store.meetingEvents.rewrite(session.sessionId, (event, generation) => {
      const meeting = meetingOf(session, generation);
      if (!('stay' in event) || !meeting) return event;
      const place = seatFor(session, meeting, event.stay.person);
      if (place !== seat && place !== -1) return event;
      return { ...event, stay: { ...event.stay, person: place === seat ? { userId: pseudonym } : {} } };
    });
  }

  async #mails(sessionId: string, seat: number): Promise<UserData['sessions'][number]['mails']> {
    const mails = await this.#options.mail.ofSession(sessionId);
    return mails.flatMap(({ seat: to, kind, state, settledAt }) =>
      to === seat && state === 'sent' && settledAt !== null ? [{ kind, sentAt: iso(settledAt) }] : [],
    );
  }

  async #notifications(sessionId: string, seat: number) {
    const { notifications, push } = this.#options;
    const sent = (await notifications.ofSession(sessionId)).flatMap(
      ({ seat: to, channel, kind, state, settledAt }) => {
        const isSent = state === 'sent' || state === 'delivered';
        return to === seat && isSent && settledAt !== null
          ? [{ channel, kind, state, sentAt: iso(settledAt) }]
          : [];
      },
    );
    const subscriptions = (await push.ofSession(sessionId)).flatMap(({ seat: of, endpoint, createdAt }) =>
      of === seat ? [{ endpoint, createdAt: iso(createdAt) }] : [],
    );
    return { notifications: sent, pushSubscriptions: subscriptions };
  }

  async #observed(sessionId: string, seat: number) {
    const { observations } = this.#options.store;
    const [failures, points] = await Promise.all([
      observations.failures({ sessionId }, MAX_FAILURES),
      observations.quality(sessionId),
    ]);
    return {
      refusedJoins: failures
        .filter((failure) => failure.seat === seat)
        .map(({ at, stage, code }) => ({ at: iso(at), stage, code })),
      qualityOverTime: points
        .filter((point) => point.seat === seat)
        .map(({ at, network, sent, received }) => ({ at: iso(at), network, sent, received })),
    };
  }

  async #session(session: Session, userId: string): Promise<UserData['sessions'][number]> {
    const seat = seatIndex(session, userId);
    const { role, displayName, email, phone, smsOptOut, pushOptOut, language, timeZone, removedAt } = session
      .seats[seat] as Session['seats'][number];
    const now = this.#options.clock.now();
    const fields = await Promise.all(
      this.#options.features.map(async (feature) => feature.personalData?.(session, seat, now)),
    );
    const audit = auditOf(session, await this.#options.store.history(session.sessionId));
    return {
      sessionId: session.sessionId,
      appointmentId: session.appointmentId,
      status: session.status,
      scheduledAt: iso(session.scheduledAt),
      role,
      displayName,
      email,
      phone,
      smsOptOut,
      pushOptOut,
      language,
      timeZone,
      mails: await this.#mails(session.sessionId, seat),
      ...(await this.#notifications(session.sessionId, seat)),
      removedAt: isoOrNull(removedAt),
      waitingSeconds: Math.round(waitOf(session, seat, now) / 1000),
      intervals: intervalsOf(session, seat).map(({ joinedAt, leftAt, reconnects, quality, impairedMs }) => ({
        joinedAt: iso(joinedAt),
        leftAt: isoOrNull(leftAt),
        reconnects,
        quality,
        impairedSeconds: Math.round(impairedMs / 1000),
      })),
      ...(await this.#observed(session.sessionId, seat)),
      // Complete, because every feature returns the fields that its contract declares.
      ...(Object.assign({}, ...fields) as PersonalFields),
      audit: audit.filter((entry) => entry.userId === userId || entry.actor.userId === userId),
    };
  }
}
