import { every } from '../core/timing.ts';
import { currentMeeting } from '../domain/meeting-steps.ts';
import type { Store } from '../domain/session-store.ts';
import { isOver, type Session } from '../domain/session.ts';
import { joinPage } from '../http/views.ts';
import { AGORA_ORIGINS } from '../providers/agora/agora-origins.ts';
import { GoogleCalendarSync } from '../providers/google/calendar-sync.ts';
import { GoogleMeetProvider } from '../providers/google/google-meet-provider.ts';
import { RENEW_EVERY_MS } from '../providers/google/meet-subscription.ts';
import type { ReservedMeeting } from '../providers/jitsi/jitsi-reservations.ts';
import type { JitsiSettings } from '../providers/jitsi/jitsi-settings.ts';
import { configuredAdapters } from '../providers/configured-adapters.ts';
import { MeetingInbox } from '../providers/meeting-inbox.ts';
import type { MeetingProvider } from '../providers/meeting-provider.ts';
import { Meetings } from '../providers/meetings-service.ts';
import { Providers } from '../providers/providers.ts';
import { Provisioner, type VisitCalendar } from '../providers/provisioner.ts';
import { sfuProvider } from '../providers/sfu.ts';
import type { Cluster } from './cluster.ts';
import type { Domain } from './domain.ts';
import type { Environment } from './environment.ts';
import type { WebServer } from './web-server.ts';

/** What carries visits, and what brings people there. */
export interface MeetingParts {
  readonly providers: Providers;
  readonly provisioner: Provisioner;
  readonly meetings: Meetings;
  readonly meetingInbox: MeetingInbox;
  /** Whether visits get an entry in an outside calendar. */
  readonly inCalendar: boolean;
  /** What a Jitsi server asks this one; null without one. */
  readonly jitsi: JitsiServerParts | null;
  /** The origins to which the pages of providers connect. */
  readonly providerOrigins: readonly string[];
}

export interface JitsiServerParts {
  readonly settings: JitsiSettings;
  /** Returns the meeting of a room; null if there is none, or the visit is over. */
  readonly reserved: (meetingId: string) => Promise<ReservedMeeting | null>;
}

/** Builds the configured meeting providers. Nothing is called yet. */
export function buildProviders(
  environment: Environment,
  store: Store,
  { placement }: Cluster,
  { sessions }: Domain,
  web: WebServer,
): MeetingParts {
  const { config, clock, ids, logger, meetingProviders, resources } = environment;
  const { order, share, google, jitsi, agora } = config.providers;
  const plan = { share, timeZone: config.mailTimeZone };
  const configured = configuredAdapters(config.providers, clock, async (meetingId) => {
    const session = await openSessionOf(store, 'jaas', meetingId);
    return session && session.options.waitingRoom !== 'off';
  });
  renewSubscription(environment, configured);
  const adapters = [sfuProvider(placement), ...configured, ...meetingProviders];
  const providers = new Providers({ adapters, order, clock });
  const parts = { store, sessions, providers, clock, logger };
  const meetingInbox = new MeetingInbox(parts);
  resources.defer(() => meetingInbox.stop());
  const onEvents = () => meetingInbox.wake();
  const calendar = google?.calendarId
    ? calendarOf(new GoogleCalendarSync(google, google.calendarId, clock), web)
    : null;
  const provisioner = new Provisioner({ ...parts, plan, calendar, owner: ids.unique(), onEvents });
  resources.defer(() => provisioner.stop());
  const meetings = new Meetings({ sessions, providers, provisioner, plan });
  const reserved = async (meetingId: string) => {
    const session = await openSessionOf(store, 'jitsi', meetingId);
    return session && { ...session, waitingRoom: session.options.waitingRoom !== 'off' };
  };
  return {
    providers,
    provisioner,
    meetings,
    meetingInbox,
    inCalendar: calendar !== null,
    jitsi: jitsi && { settings: jitsi, reserved },
    providerOrigins: agora ? AGORA_ORIGINS : [],
  };
}

/** Renews the subscription to events of Google Meet until the server closes, if there is one. */
function renewSubscription(
  { clock, logger, resources }: Environment,
  adapters: readonly MeetingProvider[],
): void {
  const meet = adapters.find((adapter) => adapter instanceof GoogleMeetProvider);
  if (!meet?.subscription) return;
  const { subscription } = meet;
  const onError = (error: unknown) =>
    logger.warn({ err: error }, 'failed to renew the subscription to events of Google Meet');
  const renew = async (signal: AbortSignal) => {
    await subscription.renew(signal);
  };
  const loop = every(clock, RENEW_EVERY_MS, renew, onError, { immediately: true });
  resources.defer(() => loop.stop());
}

/** Returns the session whose current meeting this is; null if there is none, or it is over. */
async function openSessionOf(
  store: Store,
  provider: 'jitsi' | 'jaas',
  meetingId: string,
): Promise<Session | null> {
  const session = await store.findByMeeting(provider, meetingId);
  if (!session || isOver(session) || currentMeeting(session)?.meetingId !== meetingId) return null;
  return session;
}

function calendarOf(sync: GoogleCalendarSync, web: WebServer): VisitCalendar {
  return {
    put: (plan, session, signal) => sync.put(plan, joinPage(web.clientBaseUrl(), session), signal),
    remove: (sessionId, signal) => sync.remove(sessionId, signal),
  };
}
