import { Counter, Histogram, type Registry } from 'prom-client';
import type { SessionEvent } from '../domain/events.ts';
import type { Session } from '../domain/session.ts';

/** In seconds: waiting is a matter of minutes. */
const WAITING_BUCKETS = [5, 15, 30, 60, 120, 300, 600, 1200, 1800];
/** The share of their time for which a participant's network may be poor before the visit counts as bad. */
const BAD_SHARE = 0.1;

/** Why a live visit moves: its node is drained or gone, or its worker has died. */
export type MoveReason = 'drain' | 'lost_node' | 'dead_worker';

/** A change of a session that this process stored. */
export interface StoredChange {
  readonly previous: Session;
  readonly next: Session;
  readonly events: readonly SessionEvent[];
}

/** What happens to visits. Each change is counted by the process that stored it: sum over all of them. */
export class VisitMetrics {
  readonly #created;
  readonly #finished;
  readonly #departures;
  readonly #moves;
  readonly #minutes;
  readonly #waiting;
  readonly #noShows;

  constructor(registers: Registry[]) {
    const counter = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
      new Counter({ name, help, labelNames, registers });
    this.#created = counter('televisit_visits_created_total', 'Sessions that were created.');
    this.#finished = counter(
      'televisit_visits_finished_total',
      'Visits that are over and had participants; bad: the network of one was poor for a tenth of their time.',
      'reason',
      'grade',
    );
    this.#departures = counter(
      'televisit_departures_total',
      'Participants who left a visit, by reason.',
      'reason',
    );
    this.#moves = counter(
      'televisit_moves_total',
      'Live visits that moved to another node or, after the death of a worker, to another worker, or failed to.',
      'reason',
      'outcome',
    );
    this.#minutes = counter(
      'televisit_quality_minutes_total',
      'Minutes of participants in visits by the quality of their network.',
      'grade',
    );
    this.#noShows = counter('televisit_no_shows_total', 'Visits to which no participant came.');
    this.#waiting = new Histogram({
      name: 'televisit_waiting_seconds',
      help: 'How long participants waited in the waiting room until they were let in.',
      buckets: WAITING_BUCKETS,
      registers,
    });
  }

  created(): void {
    this.#created.inc();
  }

  /** Counts a live visit that moved, or could not be moved. */
  moved(reason: MoveReason, outcome: 'moved' | 'failed'): void {
    this.#moves.inc({ reason, outcome });
  }

  /** @param hasNode returns whether a node is alive */
  changed({ previous, next, events }: StoredChange, hasNode: (nodeId: string) => boolean): void {
    for (const event of events) this.#count(event, previous, next);
    const { nodeId } = previous.placement;
    if (previous.status === 'live' && events.some(({ type }) => type === 'session.placed'))
      this.moved(hasNode(nodeId) ? 'drain' : 'lost_node', 'moved');
    for (const [index, { leftAt, joinedAt, impairedMs }] of next.intervals.entries()) {
      if (leftAt === null || previous.intervals[index]?.leftAt !== null) continue;
      const poor = Math.min(impairedMs, leftAt - joinedAt);
      this.#minutes.inc({ grade: 'poor' }, poor / 60_000);
      this.#minutes.inc({ grade: 'good' }, (leftAt - joinedAt - poor) / 60_000);
    }
  }

  #count(event: SessionEvent, previous: Session, next: Session): void {
    switch (event.type) {
      case 'participant.left':
        this.#departures.inc({ reason: event.reason });
        break;
      case 'participant.admitted': {
        const since = previous.seats[event.seat]?.waitingSince;
        if (since != null) this.#waiting.observe(Math.max(0, event.at - since) / 1000);
        break;
      }
      case 'session.no_show':
        this.#noShows.inc();
        break;
      // The quality of the last minutes is known only now.
      case 'report.ready':
        this.#finished.inc({ reason: next.endReason ?? 'unknown', grade: isBad(next) ? 'bad' : 'good' });
        break;
      default:
        break;
    }
  }
}

/** Returns whether the network of any participant was poor for a tenth of their time in the visit. */
function isBad({ intervals }: Session): boolean {
  const bySeat = Map.groupBy(intervals, ({ seat }) => seat).values();
  return [...bySeat].some((ofSeat) => {
    const total = ofSeat.reduce((sum, { leftAt, joinedAt }) => sum + ((leftAt ?? joinedAt) - joinedAt), 0);
    const poor = ofSeat.reduce((sum, { impairedMs }) => sum + impairedMs, 0);
    return poor > 0 && poor >= total * BAD_SHARE;
  });
}
