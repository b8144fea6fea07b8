import type { Clock } from '../core/clock.ts';
import type { DeliveryReport, NotificationStore } from '../domain/notification-store.ts';
import type { Sessions } from '../domain/sessions.ts';
import { recordOutcome } from './notification-sender.ts';
import { OPTED_OUT } from './notifier.ts';

export interface DeliveryReportsOptions {
  readonly notifications: NotificationStore;
  readonly sessions: Pick<Sessions, 'note' | 'apply'>;
  readonly clock: Clock;
}

/** Twilio's error for a person who has sent STOP. */
const STOPPED = '21610';

/** Applies what providers report of accepted text messages. */
export class DeliveryReports {
  readonly #options: DeliveryReportsOptions;

  constructor(options: DeliveryReportsOptions) {
    this.#options = options;
  }

  /** Stores a verified report. Reports that come late or twice change nothing. @returns whether it changed anything */
  async apply(notificationId: string, report: Omit<DeliveryReport, 'at'>): Promise<boolean> {
    const { notifications, sessions, clock } = this.#options;
    // Push services send no reports.
    if (!notificationId.endsWith('.sms')) return false;
    const changed = await notifications.report(notificationId, { ...report, at: clock.now() });
    if (!changed) return false;
    await recordOutcome(sessions, changed, report.state, report.error);
    return true;
  }
}

/** Returns the report in the form that Twilio sends to a StatusCallback; null for a status on the way. */
export function twilioReport(form: URLSearchParams): Omit<DeliveryReport, 'at'> | null {
  const providerId = form.get('MessageSid');
  const code = form.get('ErrorCode');
  switch (form.get('MessageStatus')) {
    case 'queued':
    case 'sending':
    case 'sent':
      return { state: 'sent', providerId, error: null };
    case 'delivered':
    case 'read':
      return { state: 'delivered', providerId, error: null };
    case 'undelivered':
    case 'failed':
    case 'canceled':
      return { state: 'failed', providerId, error: code === STOPPED ? OPTED_OUT : (code ?? 'undelivered') };
    default:
      return null;
  }
}
