import type { Analytics } from '@televisit/shared/reports';
import { durationOf, meanOf, minutes } from './report.ts';
import type { Session } from './session.ts';
import { waitForHost } from './attendance.ts';

type Figures = Omit<Analytics, 'from' | 'to' | 'timeZone' | 'days'>;

/** Accumulates the figures of visits, in total and for each calendar day. */
export class AnalyticsTally {
  readonly #day: Intl.DateTimeFormat;
  readonly #all = new Tally();
  readonly #days = new Map<string, Tally>();

  /** @param timeZone the time zone that defines the calendar days (IANA) */
  constructor(timeZone: string) {
    // Swedish dates have the format of ISO 8601.
    this.#day = new Intl.DateTimeFormat('sv-SE', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
  }

  add(session: Session, now: number): void {
    const date = this.#day.format(session.scheduledAt);
    let day = this.#days.get(date);
    if (!day) this.#days.set(date, (day = new Tally()));
    day.add(session, now);
    this.#all.add(session, now);
  }

  figures(): Figures & Pick<Analytics, 'days'> {
    const days = [...this.#days].sort(([left], [right]) => (left < right ? -1 : 1));
    return { ...this.#all.figures(), days: days.map(([date, tally]) => ({ date, ...tally.figures() })) };
  }
}

class Tally {
  readonly #byStatus = { scheduled: 0, live: 0, ended: 0, cancelled: 0 };
  readonly #waits: number[] = [];
  readonly #ratings: number[] = [];
  #noShows = 0;
  #hostAbsences = 0;
  #duration = 0;

  add(session: Session, now: number): void {
    this.#byStatus[session.status] += 1;
    if (session.endReason === 'no_show') this.#noShows += 1;
    if (session.endReason === 'host_absent') this.#hostAbsences += 1;
    this.#duration += durationOf(session, now);
    const wait = waitForHost(session, now);
    if (wait !== null) this.#waits.push(wait / 1000);
    this.#ratings.push(...session.feedback.map(({ rating }) => rating));
  }

  figures(): Figures {
    return {
      visits: Object.values(this.#byStatus).reduce((sum, count) => sum + count, 0),
      byStatus: { ...this.#byStatus },
      noShows: this.#noShows,
      hostAbsences: this.#hostAbsences,
      minutes: minutes(this.#duration),
      meanWaitingSeconds: this.#waits.length === 0 ? null : meanOf(this.#waits),
      meanRating: this.#ratings.length === 0 ? null : meanOf(this.#ratings),
    };
  }
}
