import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import { releaseEnded } from '../domain/scheduler.ts';
import type { Session } from '../domain/session.ts';
import type { Changed } from '../domain/sessions.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Mail, Webhooks } from './background.ts';
import type { Cluster } from './cluster.ts';
import type { OperatorConsole } from './console.ts';
import type { Domain } from './domain.ts';
import type { MeetingParts } from './providers.ts';

export interface Subscribers
  extends Pick<Cluster, 'registry' | 'placement'>, Domain, Webhooks, Mail, MeetingParts {
  readonly metrics?: Metrics | null;
  readonly console?: Pick<OperatorConsole, 'feed'> | null;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Connects all modules that follow what happens in others. Listeners are called in the order of the lists. */
export function subscribe(modules: Subscribers): void {
  const { sessions, registry, endpoints } = modules;
  for (const listener of onSessionCreated(modules)) sessions.onCreate(listener);
  for (const listener of onSessionChanged(modules)) sessions.onChange(listener);

  endpoints.onCreate(() => modules.outbox.resume());
  registry.onOwnershipLost((nodeId) => {
    modules.rooms
      .abandon(nodeId)
      .catch((error: unknown) =>
        modules.logger.error({ err: error, nodeId }, 'failed to close rooms of a lost node'),
      );
  });
}

/** The subscribers to a new session that this process stored. */
function onSessionCreated({
  outbox,
  reminders,
  provisioner,
  metrics,
  console,
  clock,
}: Subscribers): readonly ((session: Session) => void)[] {
  return [
    () => metrics?.visits.created(),
    ({ sessionId }) => outbox.wake(sessionId),
    (session) => isReminderDue(session, clock) && reminders.wake(),
    (session) => isMeetingDue(session, clock) && provisioner.wake(),
    () => console?.feed.wake(),
  ];
}

/** The subscribers to a change of a session that this process stored. */
function onSessionChanged({
  placement,
  commands,
  features,
  rooms,
  outbox,
  reminders,
  provisioner,
  metrics,
  console,
  clock,
}: Subscribers): readonly ((changed: Changed) => void)[] {
  return [
    (changed) => metrics?.visits.changed(changed, (nodeId) => placement.has(nodeId)),
    (changed) => releaseEnded(placement, changed),
    (changed) => commands.sessionChanged(changed),
    (changed) => features.forEach((feature) => feature.onSessionChanged?.(changed)),
    (changed) => rooms.sessionChanged(changed),
    ({ next, events }) => events.length > 0 && outbox.wake(next.sessionId),
    // Reminders also look for due sessions by themselves: this process may end before they are planned.
    ({ next }) => isReminderDue(next, clock) && reminders.wake(),
    ({ next }) => isMeetingDue(next, clock) && provisioner.wake(),
    () => console?.feed.wake(),
  ];
}

function isMeetingDue({ meetingAt }: Session, clock: Clock): boolean {
  return meetingAt !== null && meetingAt <= clock.now();
}

function isReminderDue({ remindAt }: Session, clock: Clock): boolean {
  return remindAt !== null && remindAt <= clock.now();
}
