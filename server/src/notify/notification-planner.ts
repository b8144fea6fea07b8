import type { Clock } from '../core/clock.ts';
import type { Store } from '../domain/session-store.ts';
import type { Session } from '../domain/session.ts';
import type { MessagePlanner } from '../mail/reminders.ts';
import { notificationsFor, type Circumstances, type NotificationRules } from './notification-plan.ts';

export interface NotificationPlannerOptions {
  readonly store: Pick<Store, 'notifications' | 'push' | 'mail'>;
  readonly channels: Circumstances['channels'];
  readonly rules: NotificationRules;
  readonly clock: Clock;
  /** Sends planned notifications now. */
  readonly wake: () => void;
}

/** Stores the notifications that sessions require. Their ids are derived from their content, so that none is planned twice. */
export class NotificationPlanner implements MessagePlanner {
  readonly #options: NotificationPlannerOptions;

  constructor(options: NotificationPlannerOptions) {
    this.#options = options;
  }

  async plan(session: Session): Promise<boolean> {
    const { store, channels, rules, clock } = this.#options;
    const { sessionId } = session;
    const [known, mails, subscriptions] = await Promise.all([
      store.notifications.ofSession(sessionId),
      store.mail.ofSession(sessionId),
      channels.push ? store.push.ofSession(sessionId) : [],
    ]);
    const subscribed = new Set(subscriptions.map(({ seat }) => seat));
    const planned = notificationsFor(session, { ...rules, channels, known, mails, subscribed }, clock.now());
    await store.notifications.add(planned);
    return planned.length > 0;
  }

  wake(): void {
    this.#options.wake();
  }
}
